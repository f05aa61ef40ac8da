internal import Bytes
internal import HotPath
internal import NIOCore
internal import RaftCore

/// `GET /v1/hash`: what stands for all data of this node, to be compared with the other nodes'.
enum HashRoute: Route {
    static func takes(_ parameter: Parameter) -> Bool { parameter == .timeout || parameter == .pretty }

    static func timeoutMillisecondsMax(_ settings: HTTPServerSettings) -> UInt64 {
        HTTPLimits.controlTimeoutMillisecondsMax
    }

    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        // It reads everything, so the usual time-out does not hold.
        let patience =
            request.head.hasOwnTimeout ? request.head.timeoutMilliseconds : HTTPLimits.controlTimeoutMillisecondsMax
        let tag = answers.append(
            .prepared(isWrite: false), .waiting, for: request.head, timeoutMilliseconds: patience, services)
        let options = AnswerOptions(of: request.head)
        let bound = NIOLoopBound(table, eventLoop: services.eventLoop)
        let deadline = services.deadline(afterMilliseconds: patience)
        let isTaken = services.digests.make(until: deadline) { [eventLoop = services.eventLoop] result in
            eventLoop.execute {
                let table = bound.value
                var bytes = ByteBuffer()
                write(result, options, by: table.services.writer, to: &bytes)
                table.deliver(prepared: bytes, to: tag)
            }
        }
        guard !isTaken else { return }
        var bytes = ByteBuffer()
        services.writer.write(.overloaded(), options, to: &bytes)
        _ = answers.complete(tag.request, prepared: bytes)
    }

    private static func write(
        _ result: Result<StateDigest?, StoreFailure>, _ options: AnswerOptions, by writer: AnswerWriter,
        to output: inout ByteBuffer
    ) {
        switch result {
        case .success(let digest?):
            let body = ByteBuffer(string: json(digest) + "\n")
            body.withUnsafeReadableBytes {
                writer.write(AnswerHead(.ok, AnswerHead.json), body: $0, options, to: &output)
            }
        case .success(nil): writer.write(.shuttingDown(), options, to: &output)
        case .failure(let failure): writer.write(.storeFailed(failure), options, to: &output)
        }
    }

    static func json(_ digest: StateDigest) -> String {
        #"{"index":\#(digest.applied.index),"term":\#(digest.applied.term),"revision":\#(digest.revision),"#
            + #""keys":\#(digest.keyCount),"hash":"\#(digest.hash.hexadecimal)"}"#
    }
}
