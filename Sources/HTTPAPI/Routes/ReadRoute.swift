internal import HotPath
internal import KeyValue
internal import NIOCore

/// A route whose answer is a record, made when the record may be read.
protocol ReadRoute: Route {
    /// Writes the answer that shows the record of `key`.
    static func writeAnswer(
        _ record: RecordView, of key: UnsafeRawBufferPointer, _ options: AnswerOptions, by writer: AnswerWriter,
        to output: inout ByteBuffer)
}

extension ReadRoute {
    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        let isStale = request.head.consistency == .stale
        if isStale {
            switch services.board.staleReads {
            case .served: break
            case .notReady: return answers.append(.notReady(services.board.current), for: request.head, services)
            case .removed: return answers.append(.removed(), for: request.head, services)
            case .fenced: return answers.append(.fenced(services.board.current), for: request.head, services)
            case .dataDiffer: return answers.append(.dataDiffer(services.board.current), for: request.head, services)
            }
        }
        request.key.withUnsafeBytes { answers.repeatBytes($0) }
        guard !isStale else {
            answers.append(.read(self), .outcome(.readable), for: request.head, services)
            return
        }
        let tag = answers.append(.read(self), .waiting, for: request.head, services)
        if !services.gateway.submitRead(tag: tag) {
            answers.complete(tag.request, with: .failed(.overloaded), services)
        }
    }
}
