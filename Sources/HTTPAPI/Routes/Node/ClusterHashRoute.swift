internal import ClusterControl
internal import HotPath
internal import NIOCore

/// `GET /v1/cluster/hash`: what stands for all data of each member at one entry, and whether they agree.
enum ClusterHashRoute: DigestRoute {
    static var patienceMilliseconds: UInt64 { HTTPLimits.comparisonTimeoutMilliseconds }

    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        let patience = patience(request.head)
        // The control plane keeps the time itself; this is for the case that it does not.
        let later = LaterAnswer(
            to: request.head, isWrite: false,
            timeoutMilliseconds: patience + services.settings.requestTimeoutMilliseconds, &answers, table)
        let control = services.control
        Task {
            let answer = await control.perform(.compare(timeoutMilliseconds: Int(patience)))
            later.give { writer, options, output in write(answer, options, by: writer, to: &output) }
        }
    }

    private static func write(
        _ answer: ControlAnswer, _ options: AnswerOptions, by writer: AnswerWriter, to output: inout ByteBuffer
    ) {
        // Nothing was changed, whatever became of the request.
        var answer = answer
        answer.applied = .no
        if let error = answer.apiError(writer.board) { return writer.write(error, options, to: &output) }
        write(json: answer.statsJSON, options, by: writer, to: &output)
    }
}
