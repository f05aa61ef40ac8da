internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import RaftCore

// The connections that this node opens, and when it opens those to members.
extension PeerTransport {
    // MARK: Connections

    /// Gives an open channel its handler, which begins the handshake. Nil if it has closed meanwhile.
    func handOver(_ channel: any Channel, _ dial: PeerConnection.Dial) -> PeerConnection? {
        let connection = PeerConnection(transport: self, dial: dial)
        guard channel.isActive else { return nil }
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
        } catch {
            return nil
        }
        return connection
    }

    // MARK: Dialling members

    /// How long a member that has never been linked is left to dial first.
    func firstPause(_ peer: Peer) -> TimeAmount { nodeID < peer.id ? .zero : settings.firstPassiveDialPause }

    /// Dials the peer after `pause`, in place of a dial that waits. Never at once, so that no outcome arrives within
    /// the call that asks for it.
    func scheduleDial(_ peer: Peer, in pause: TimeAmount) {
        guard state == .running, boundPort != nil, peer.isMember, peer.link == nil else { return }
        peer.cancelWaiting()
        guard peer.isIdle else { return }
        peer.dialling = .waiting(
            loop.assumeIsolated().scheduleTask(in: pause) { [self] in
                peer.dialling = .idle
                dial(peer)
            })
    }

    private func dial(_ peer: Peer) {
        guard state == .running, peer.isMember, peer.link == nil else { return }
        let text = peer.address.isEmpty ? peer.addressLearned : peer.address
        // Nobody knows where it is until it comes by itself or the member list changes.
        guard !text.isEmpty else { return }
        let address: PeerAddress
        do throws(TransportError) {
            address = try PeerAddress(parsing: text)
        } catch {
            return logDialFailure(peer, address: text, reason: error.message)
        }
        peer.dialling = .connecting
        sockets.connect(to: address, timeout: settings.connectTimeout, lookupsMax: TransportLimits.lookupsMax)
            .assumeIsolated()
            .whenComplete { [self] result in
                peer.dialling = .idle
                connected(peer, address: address, result)
            }
    }

    private func connected(_ peer: Peer, address: PeerAddress, _ result: Result<any Channel, any Error>) {
        let isWanted = state == .running && peer.link == nil && peers.contains { $0 === peer }
        switch result {
        case .success(let channel):
            guard isWanted else { return channel.close(promise: nil) }
            let dial = PeerConnection.Dial(purpose: .link, address: address, nodeID: peer.id, call: nil)
            if let connection = handOver(channel, dial), !connection.isClosed {
                peer.dialling = .inHandshake(connection)
            } else {
                dialFailed(peer)
            }
        case .failure(let error):
            guard isWanted else { return }
            logDialFailure(peer, address: address.description, reason: ConnectFailure.cause(of: error))
            if Self.isRefusal(error) {
                peer.owesLoss = false
                post(.unreachable(peer.id))
            }
            dialFailed(peer)
        }
    }

    /// Tries again later, and later each time. It never gives up: a peer that was refused, foreign or gone a thousand
    /// times may be back the next.
    func dialFailed(_ peer: Peer) {
        guard peer.link == nil else { return }
        if peer.owesLoss {
            peer.owesLoss = false
            post(.unreachable(peer.id))
        }
        scheduleDial(peer, in: peer.pause.next(using: &jitter))
    }

    /// The host is there and says that no process listens.
    private static func isRefusal(_ error: any Error) -> Bool {
        if let error = error as? IOError { return error.errnoCode == ECONNREFUSED }
        guard let error = error as? NIOConnectionError else { return false }
        return error.connectionErrors.contains { isRefusal($0.error) }
    }
}
