internal import Glibc
internal import Logging

/// The log of this process, on standard error.
package struct ProcessLog: Sendable {
    private let form: LogForm
    private let level: Logger.Level
    private let writer: LogWriter

    /// Once in a process.
    package init(_ configuration: ServerConfiguration, environment: [String: String]) {
        let form = LogForm(
            configuration.logFormat, isTerminal: isatty(STDERR_FILENO) == 1, environment: environment)
        self.form = form
        level = configuration.logLevel
        StandardError.stopBlocking()
        writer = LogWriter(descriptor: STDERR_FILENO) { form.line(.gap(of: $0, at: .now())) }
        FatalSignals.awaitLog()
    }

    package func handler(label: String) -> LineLogHandler {
        LineLogHandler(label: label, form, level: level, writer: writer, now: LogTime.now)
    }

    /// Waits until the last line is written, or nobody seems to read it. Call before the process ends.
    package func flush() { writer.flush() }
}
