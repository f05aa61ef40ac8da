/// How a record of the log is written down; every form ends with a newline.
enum LogForm: Hashable {
    case text(isColored: Bool)
    case json

    func line(_ record: LogRecord) -> String {
        switch self {
        case .text(let isColored): LogText(isColored: isColored).line(record)
        case .json: LogJSON.line(record)
        }
    }
}

extension LogForm {
    /// `auto` colours on a terminal that can show colours, unless `NO_COLOR` is set (https://no-color.org).
    init(_ format: ServerConfiguration.LogFormat, isTerminal: Bool, environment: [String: String]) {
        switch format {
        case .json:
            self = .json
        case .text:
            self = .text(isColored: false)
        case .auto:
            let isWanted = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
            self = .text(isColored: isTerminal && isWanted)
        }
    }
}
