internal import Logging

/// One line of the log before it is written down.
struct LogRecord {
    var time: LogTime
    var level: Logger.Level
    var label: String
    var message: String
    /// Sorted by key.
    var fields: [(key: String, value: String)]

    init(time: LogTime, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.label = label
        self.message = message
        fields = metadata.map { (key: $0.key, value: $0.value.description) }.sorted { $0.key < $1.key }
    }
}

extension LogRecord {
    /// Stands where lines were dropped.
    static func gap(of lineCount: Int, at time: LogTime) -> LogRecord {
        LogRecord(
            time: time, level: .warning, label: "skiffd",
            message: "lines of the log are missing here: whoever reads standard error was too slow for them",
            metadata: ["lines": "\(lineCount)"])
    }
}
