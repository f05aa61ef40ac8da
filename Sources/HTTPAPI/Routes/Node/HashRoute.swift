internal import Bytes
internal import HotPath
internal import NIOCore
internal import RaftCore

/// `GET /v1/hash`: what stands for all data of this node, to be compared with the other nodes'.
enum HashRoute: DigestRoute {
    static var patienceMilliseconds: UInt64 { HTTPLimits.controlTimeoutMillisecondsMax }

    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        let patience = patience(request.head)
        let answer = LaterAnswer(
            to: request.head, isWrite: false, timeoutMilliseconds: patience, &answers, table)
        let isTaken = services.digests.make(until: services.deadline(afterMilliseconds: patience)) { result in
            answer.give { writer, options, output in write(result, options, by: writer, to: &output) }
        }
        if !isTaken { answer.give(now: .overloaded(), in: &answers) }
    }

    private static func write(
        _ result: Result<StateDigest?, StoreFailure>, _ options: AnswerOptions, by writer: AnswerWriter,
        to output: inout ByteBuffer
    ) {
        switch result {
        case .success(let digest?): write(json: json(digest), options, by: writer, to: &output)
        case .success(nil): writer.write(.shuttingDown(), options, to: &output)
        case .failure(let failure): writer.write(.storeFailed(failure), options, to: &output)
        }
    }

    static func json(_ digest: StateDigest) -> String {
        #"{"index":\#(digest.applied.index),"term":\#(digest.applied.term),"revision":\#(digest.revision),"#
            + #""keys":\#(digest.keyCount),"hash":"\#(digest.hash.hexadecimal)"}"#
    }
}
