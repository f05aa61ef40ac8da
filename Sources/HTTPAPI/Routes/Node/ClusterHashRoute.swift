internal import ClusterControl
internal import HotPath
internal import NIOCore

/// `GET /v1/cluster/hash`: what stands for all data of each member at one entry, and whether they agree.
enum ClusterHashRoute: Route {
    static func takes(_ parameter: Parameter) -> Bool { parameter == .timeout || parameter == .pretty }

    static func timeoutMillisecondsMax(_ settings: HTTPServerSettings) -> UInt64 {
        HTTPLimits.controlTimeoutMillisecondsMax
    }

    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        // Every member reads everything, so the usual time-out does not hold.
        let patience =
            request.head.hasOwnTimeout
            ? request.head.timeoutMilliseconds : HTTPLimits.comparisonTimeoutMilliseconds
        // The control plane keeps the time itself; this is for the case that it does not.
        let tag = answers.append(
            .prepared(isWrite: false), .waiting, for: request.head,
            timeoutMilliseconds: patience + services.settings.requestTimeoutMilliseconds, services)
        let options = AnswerOptions(of: request.head)
        let bound = NIOLoopBound(table, eventLoop: services.eventLoop)
        let control = services.control
        let eventLoop = services.eventLoop
        Task {
            let answer = await control.perform(.compare(timeoutMilliseconds: Int(patience)))
            eventLoop.execute {
                let table = bound.value
                var bytes = ByteBuffer()
                write(answer, options, by: table.services.writer, to: &bytes)
                table.deliver(prepared: bytes, to: tag)
            }
        }
    }

    private static func write(
        _ answer: ControlAnswer, _ options: AnswerOptions, by writer: AnswerWriter, to output: inout ByteBuffer
    ) {
        // Nothing was changed, whatever became of the request.
        var answer = answer
        answer.applied = .no
        if let error = answer.apiError(writer.board) { return writer.write(error, options, to: &output) }
        let body = ByteBuffer(string: answer.statsJSON + "\n")
        body.withUnsafeReadableBytes {
            writer.write(AnswerHead(.ok, AnswerHead.json), body: $0, options, to: &output)
        }
    }
}
