internal import Bytes
internal import NIOCore

/// Asks one endpoint whether it answers and whether it leads.
enum EndpointProbe {
    enum Finding: Sendable, Equatable {
        /// Of two endpoints that both claim to lead, the one with the higher term is right.
        case leader(term: UInt64)
        case follower
        case unreachable(FailureReason)
    }

    /// Whether a socket can be opened. Any thread.
    static func reach(
        _ endpoint: HostAndPort, on eventLoop: any EventLoop, timeout: UInt64
    ) -> EventLoopFuture<FailureReason?> {
        eventLoop.flatSubmit {
            Connecting.connect(to: endpoint, on: eventLoop, timeout: timeout) { _ in }.map {
                channel -> FailureReason? in
                channel.close(promise: nil)
                return nil
            }.flatMapErrorThrowing { FailureReason(ofConnecting: $0) }
        }
    }

    /// Any thread. The future does not fail.
    static func ask(
        _ endpoint: HostAndPort, target: LoadTarget, on eventLoop: any EventLoop, timeout: UInt64
    ) -> EventLoopFuture<Finding> {
        eventLoop.flatSubmit {
            let promise = eventLoop.makePromise(of: Finding.self)
            let request = question(endpoint, target)
            Connecting.connect(to: endpoint, on: eventLoop, timeout: timeout) { channel in
                try channel.pipeline.syncOperations.addHandler(
                    ProbeHandler(request: request, target: target, timeout: timeout, promise: promise))
            }.whenFailure { promise.succeed(.unreachable(FailureReason(ofConnecting: $0))) }
            return promise.futureResult
        }
    }

    private static func question(_ endpoint: HostAndPort, _ target: LoadTarget) -> ByteBuffer {
        let tail = "HTTP/1.1\r\nHost: \(endpoint)\r\nConnection: close\r\n"
        switch target {
        case .skiff, .raftSample: return ByteBuffer(string: "GET /raft/stats \(tail)\r\n")
        case .etcd:
            return ByteBuffer(
                string:
                    "POST /v3/maintenance/status \(tail)Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        }
    }

    /// Reads the answer. Skiff and raft-sample report the state of the node; etcd reports its own id and that of the
    /// leader.
    static func read(_ response: borrowing ResponseParser, target: LoadTarget) -> Finding {
        let body = response.body
        switch target {
        case .skiff, .raftSample:
            guard JSONProbe.string("state", in: body)?.elementsEqual("Leader".utf8) ?? false else { return .follower }
            return .leader(term: JSONProbe.number("term", in: body) ?? 0)
        case .etcd:
            let member = JSONProbe.number("member_id", in: body)
            guard let member, member == JSONProbe.number("leader", in: body) else { return .follower }
            return .leader(term: JSONProbe.number("raftTerm", in: body) ?? 0)
        }
    }

    /// The place of the leader among the findings.
    static func leader(among findings: [Finding]) -> Int? {
        var best: (index: Int, term: UInt64)?
        for (index, finding) in findings.enumerated() {
            guard case .leader(let term) = finding else { continue }
            if best.map({ term > $0.term }) ?? true { best = (index, term) }
        }
        return best?.index
    }
}
