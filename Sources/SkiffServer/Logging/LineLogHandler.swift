package import Logging

/// Makes a line of each record of the log, in one of its forms, and passes it to the thread that writes it. So a logger
/// waits for nobody, on event loops too.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let form: LogForm
    private let writer: LogWriter
    private let now: @Sendable () -> LogTime

    init(
        label: String, _ form: LogForm, level: Logger.Level, writer: LogWriter, now: @escaping @Sendable () -> LogTime
    ) {
        self.label = label
        self.form = form
        logLevel = level
        self.writer = writer
        self.now = now
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        let record = LogRecord(
            time: now(), level: event.level, label: label, message: event.message.description, metadata: fields)
        writer.append(form.line(record))
    }

    /// Waits until the last line is written, or nobody seems to read it. Call only before the process ends.
    func flush() { writer.flush() }
}
