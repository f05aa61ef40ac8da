internal import Glibc
package import Logging

/// Writes each record of the log to a descriptor as one line, in one system call. It keeps no buffer: the last words
/// before a crash are the ones that count. A line that the descriptor does not take is lost.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let form: LogForm
    private let descriptor: CInt
    private let now: @Sendable () -> LogTime

    /// Writes to standard error as `configuration` says.
    package init(label: String, _ configuration: ServerConfiguration, environment: [String: String]) {
        let form = LogForm(
            configuration.logFormat, isTerminal: isatty(STDERR_FILENO) == 1, environment: environment)
        self.init(label: label, form, level: configuration.logLevel, descriptor: STDERR_FILENO, now: LogTime.now)
    }

    init(
        label: String, _ form: LogForm, level: Logger.Level, descriptor: CInt, now: @escaping @Sendable () -> LogTime
    ) {
        self.label = label
        self.form = form
        logLevel = level
        self.descriptor = descriptor
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
        var line = form.line(record)
        line.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if count == 0 || errno != EINTR {
                // A full pipe that does not block, a full disk, or nobody who reads.
                return
            }
        }
    }
}
