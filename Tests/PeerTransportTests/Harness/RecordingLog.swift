import Logging
import NIOCore

/// Keeps what one node logs, on its loop.
struct RecordingLog: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]

        var peer: String? { metadata["peer"] }
        var address: String? { metadata["address"] }
        var reason: String { metadata["reason"] ?? "" }
    }

    private let recorded: NIOLoopBoundBox<[Line]>

    init(loop: any EventLoop) { recorded = .makeBoxSendingValue([], eventLoop: loop) }

    /// The lines that alarm an operator. On the loop.
    var warnings: [Line] { recorded.value.filter { $0.level >= .warning } }

    func makeLogger() -> Logger { Logger(label: "peer") { [recorded] _ in Handler(recorded: recorded) } }

    private struct Handler: LogHandler {
        let recorded: NIOLoopBoundBox<[Line]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let texts = (event.metadata ?? [:]).mapValues { "\($0)" }
            recorded.value.append(Line(level: event.level, message: "\(event.message)", metadata: texts))
        }
    }
}
