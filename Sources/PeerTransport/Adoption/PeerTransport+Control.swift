package import NIOCore

// The control plane of joins: asking any node who it is, and asking it to come over.
extension PeerTransport {
    /// Dials `address` and makes a handshake in which the cluster ids may differ. Fails with a `TransportError`.
    package func introduce(
        to address: String, timeoutMilliseconds: Int
    ) -> EventLoopFuture<PeerIntroduction> {
        loop.preconditionInEventLoop()
        let promise = loop.makePromise(of: PeerIntroduction.self)
        perform(ControlCall(introducing: promise), at: address, timeoutMilliseconds: timeoutMilliseconds)
        return promise.futureResult
    }

    /// Asks the node at `address` to give up its history for this node's cluster. Fails with a `TransportError`; after
    /// a failure the peer may or may not have been adopted: introduce again to see its cluster id.
    package func adopt(
        at address: String, request: AdoptionRequest, timeoutMilliseconds: Int
    ) -> EventLoopFuture<AdoptionAnswer> {
        loop.preconditionInEventLoop()
        let promise = loop.makePromise(of: AdoptionAnswer.self)
        perform(ControlCall(adopting: request, promise), at: address, timeoutMilliseconds: timeoutMilliseconds)
        return promise.futureResult
    }

    private func perform(_ call: ControlCall, at text: String, timeoutMilliseconds: Int) {
        guard state == .running else { return call.fail(Self.shutDownError) }
        guard controlCalls.filter({ !$0.isDone }).count < TransportLimits.controlCallsMax else {
            return call.fail(Self.tooManyCalls(to: text))
        }
        controlCalls.removeAll { $0.isDone }
        controlCalls.append(call)
        let address: PeerAddress
        do throws(TransportError) {
            address = try PeerAddress(parsing: text)
        } catch {
            return call.fail(error)
        }
        let timeout = TimeAmount.milliseconds(Int64(timeoutMilliseconds))
        let isolated = loop.assumeIsolated()
        call.start(
            isolated.scheduleTask(in: timeout) { [self] in
                let connection = connections.first { $0.dial?.call === call }
                call.fail(Self.timeout(address.description, timeoutMilliseconds, hasConnection: connection != nil))
                connection?.end(.byThisNode(.finished, "nobody waits for the answer any more"))
            })
        let channel = sockets.connect(to: address, timeout: timeout, lookupsMax: TransportLimits.controlLookupsMax)
        channel.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel):
                let dial = PeerConnection.Dial(purpose: .control, address: address, nodeID: nil, call: call)
                if call.isDone {
                    channel.close(promise: nil)
                } else if handOver(channel, dial) == nil {
                    call.fail(Self.unreachable(address.description, "the connection closed at once"))
                }
            case .failure(let error):
                let failure = ConnectFailure(error, by: nodeID)
                call.fail(Self.unreachable(address.description, failure.cause, advice: failure.advice))
            }
        }
    }

    private static func tooManyCalls(to text: String) -> TransportError {
        TransportError(
            .unreachable,
            "\(TransportLimits.controlCallsMax) joins wait for the answers of nodes already; "
                + "try again when they have ended",
            address: text)
    }

    private static func timeout(_ address: String, _ milliseconds: Int, hasConnection: Bool) -> TransportError {
        let sentence =
            hasConnection
            ? "the node at \(address) took the connection, and did not answer within \(milliseconds) ms"
            : "no connection to a node at \(address) within \(milliseconds) ms; check the address, that it runs, and "
                + "what lies between"
        return TransportError(.timeout, sentence, address: address)
    }

    private static func unreachable(
        _ address: String, _ cause: String, advice: String = "check the address and that it runs"
    ) -> TransportError {
        TransportError(.unreachable, "cannot reach a node at \(address): \(cause); \(advice)", address: address)
    }

    /// The error for the caller that waits on a connection, when the connection ends.
    static func error(for end: PeerConnection.End, address: String) -> TransportError {
        switch end {
        case .lost(let cause):
            return unreachable(address, cause)
        case .byThisNode(.foreignProtocol, _):
            return TransportError(
                .noPeer,
                "the port \(address) answers, but not as a Raft port: it may be the one for HTTP (SERVER_PORT); the "
                    + "address wanted is that of RAFT_PORT",
                address: address)
        case .byThisNode(.foreignVersion, let sentence), .byThisNode(.malformed, let sentence):
            return TransportError(
                .incompatible, "the node at \(address) cannot be understood: \(sentence)", address: address)
        case .byThisNode(.handshakeTimeout, let sentence):
            return TransportError(.timeout, "no answer from the node at \(address): \(sentence)", address: address)
        case .byThisNode(.shuttingDown, _):
            return shutDownError
        case .byThisNode(_, let sentence):
            return TransportError(
                .refused, "the node at \(address) was refused: \(sentence)", address: address)
        case .byPeer(let goodbye):
            return TransportError(
                .refused, "the node at \(address) refused: \(goodbye.message.sentenceForLog)", address: address)
        }
    }
}
