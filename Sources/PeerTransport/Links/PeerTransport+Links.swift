internal import ClusterControl
internal import HotPath
internal import NIOCore
internal import RaftCore

// Which nodes may be linked, which of two links stays, and the consequences of a connection's end.
extension PeerTransport {
    enum Verdict {
        case link(PeerIntroduction)
        case control(PeerIntroduction)
        case snapshot(PeerIntroduction)
        case refuse(CloseReason, String)
    }

    // MARK: Handshake

    /// Takes a connection that has just opened into the list; false if the transport is stopped.
    func admit(_ connection: PeerConnection) -> Bool {
        guard state == .running else { return false }
        connections.append(connection)
        var unauthenticated = 0
        for other in connections where other.isUnauthenticated { unauthenticated += 1 }
        if connection.isUnauthenticated, unauthenticated > settings.unauthenticatedConnectionsMax,
            let oldest = connections.first(where: { $0.isUnauthenticated })
        {
            // The oldest, because an honest peer is through its handshake in a moment.
            oldest.end(.byThisNode(.tooManyConnections, "too many connections wait for their handshake"))
        }
        return true
    }

    /// This node's introduction on `connection`: a hello on one it dialled, a welcome on one that was accepted.
    func hello(on connection: PeerConnection) -> Hello {
        let own = delegate?.introduction() ?? Introduction(clusterID: nil)
        let receiverAddress = connection.dial?.address.description ?? connection.peer?.raftAddress ?? ""
        return Hello(
            purpose: connection.dial?.purpose ?? .link, clusterID: own.clusterID, instance: own.instance,
            memberSince: own.memberSince,
            isRaftAddressSet: own.isRaftAddressSet, startID: startID, electionSettings: settings.election,
            memberCount: UInt32(clamping: own.memberCount), featureLevel: own.featureLevel, nodeID: nodeID,
            expectedNodeID: connection.dial?.nodeID,
            isToMember: connection.dial?.nodeID.flatMap { peer($0)?.instance } != nil,
            raftAddress: own.raftAddress ?? ":\(boundPort ?? 0)", httpAddress: own.httpAddress,
            softwareVersion: own.softwareVersion, receiverAddress: receiverAddress.shortenedForPeer)
    }

    /// Decides about the other end of `connection`, which has said `hello`. Both ends come to the same decision.
    func judge(_ hello: Hello, on connection: PeerConnection) -> Verdict {
        let introduction = hello.peerIntroduction(
            seenHost: connection.remoteHost, dialledAddress: connection.dial?.address)
        if let dial = connection.dial, dial.purpose != hello.purpose {
            return .refuse(.malformed, "it answered for another purpose than it was asked for")
        }
        guard hello.purpose != .control else { return .control(introduction) }
        guard hello.nodeID != nodeID else {
            return .refuse(.sameNodeID, "it has the same node id; give every node an id of its own (RAFT_NODE_ID)")
        }
        if let expected = connection.dial?.nodeID, expected != hello.nodeID {
            return .refuse(
                .wrongNode,
                "\"\(expected.name.escapedForLog)\" was expected there, and it is "
                    + "\"\(hello.nodeID.name.escapedForLog)\""
            )
        }
        if connection.dial == nil, let expected = hello.expectedNodeID, expected != nodeID {
            return .refuse(
                .wrongNode, "it expected \"\(expected.name.escapedForLog)\" here, and this is \"\(nodeID.name)\"")
        }
        let clusterID = delegate?.introduction().clusterID
        guard let clusterID, clusterID == hello.clusterID else {
            if connection.dial == nil, hello.expectedNodeID == nodeID, hello.isToMember, let theirs = hello.clusterID {
                delegate?.expected(by: hello.nodeID, of: theirs)
            }
            return .refuse(
                .foreignCluster,
                "the nodes \"\(hello.nodeID.name.escapedForLog)\" (cluster \(Self.describe(hello.clusterID))) and "
                    + "\"\(nodeID.name)\" (cluster \(Self.describe(clusterID))) are not of one cluster; "
                    + "join one to the other, or correct the address")
        }
        if let refusal = refusalOfOtherInstance(hello) { return refusal }
        if hello.purpose == .snapshot {
            return judgeSnapshot(hello, introduction, isDialled: connection.dial != nil)
        }
        if let refusal = refusalOfDuplicate(hello, on: connection) { return refusal }
        guard peer(hello.nodeID) != nil || strangerCount < TransportLimits.strangerLinksMax else {
            return .refuse(.tooManyConnections, "too many nodes that are no members have links")
        }
        return .link(introduction)
    }

    /// A node is not its name: an old directory whose name was given away, and an empty one whose name is still taken,
    /// do not count as the member. An instance that became a member later than the one known is the better known one:
    /// this node lags, so it takes that one's requests and does not count its answers
    /// (`PeerConnection.isOtherInstance`).
    private func refusalOfOtherInstance(_ hello: Hello) -> Verdict? {
        guard let peer = peer(hello.nodeID), isOther(hello.instance, than: peer), hello.memberSince <= peer.memberSince
        else { return nil }
        return .refuse(.otherInstance, Self.otherInstance(hello.nodeID))
    }

    private func isOther(_ instance: InstanceID?, than peer: Peer) -> Bool {
        peer.isOther(instance) && !settings.has(.ignoresInstance)
    }

    private static func otherInstance(_ id: NodeID) -> String {
        "\"\(id.name.escapedForLog)\" is the name of a member, and this is another directory than the member's: the "
            + "name was given to another one, or the member has to be removed before this one is joined"
    }

    /// Of two links between the same two processes the one that the lower id dialled stays.
    private func refusalOfDuplicate(_ hello: Hello, on connection: PeerConnection) -> Verdict? {
        guard let existing = peer(hello.nodeID)?.link, existing.peer?.startID == hello.startID,
            isDialledByLower(existing, hello.nodeID), !isDialledByLower(connection, hello.nodeID)
        else { return nil }
        return .refuse(.duplicateLink, "the link that the lower id dialled stays")
    }

    private func isDialledByLower(_ connection: PeerConnection, _ peer: NodeID) -> Bool {
        (connection.dial != nil) == (nodeID < peer)
    }

    private var strangerCount: Int {
        var count = 0
        for peer in peers where !peer.isMember { count += 1 }
        return count
    }

    /// Makes `connection`, whose handshake is done, the link to its peer, in place of one that there may be.
    func install(_ connection: PeerConnection, _ introduction: PeerIntroduction) {
        let id = introduction.nodeID
        let peer = peer(id) ?? insertPeer(id, isMember: false, address: "")
        if let former = peer.link {
            peer.link = nil
            let isRestart = former.peer?.startID != introduction.startID
            if isRestart { post(.unreachable(id)) }
            former.end(
                .byThisNode(
                    isRestart ? .superseded : .duplicateLink,
                    isRestart ? "the node came back as another process" : "the link that the lower id dialled stays"))
        }
        peer.link = connection
        connection.isOtherInstance = isOther(introduction.instance, than: peer)
        peer.addressLearned = introduction.raftAddress
        peer.wasEverLinked = true
        peer.owesLoss = false
        if peer.inHandshake === connection { peer.dialling = .idle }
        peer.cancelWaiting()
        logOpened(connection)
        if let differences = introduction.electionSettings.differences(from: settings.election) {
            logDifferentSettings(connection, differences)
        }
        post(.linkOpened(id))
    }

    // MARK: End

    /// Called once by every connection that was admitted, when it is over.
    func connectionEnded(_ connection: PeerConnection, _ end: PeerConnection.End) {
        connections.removeAll { $0 === connection }
        logEnd(of: connection, end)
        if case .byPeer(let goodbye) = end, let since = goodbye.memberSince,
            let peer = connection.peer?.nodeID ?? connection.dial?.nodeID
        {
            delegate?.displaced(by: peer, since: since)
        }
        snapshotConnectionEnded(connection, end)
        connection.dial?.call?.fail(Self.error(for: end, address: connection.remoteDescription))
        if let peer = peers.first(where: { $0.link === connection }) {
            peer.link = nil
            linkEnded(peer, end)
        } else if let peer = peers.first(where: { $0.inHandshake === connection }) {
            peer.dialling = .idle
            dialFailed(peer)
        }
    }

    private func linkEnded(_ peer: Peer, _ end: PeerConnection.End) {
        switch end {
        case .byThisNode(.clusterChanged, _), .byThisNode(.notMember, _), .byThisNode(.shuttingDown, _):
            break
        case .byPeer(let goodbye) where goodbye.reason == .duplicateLink && peer.inHandshake != nil:
            // The peer prefers the connection that this node is opening; its welcome is on the way.
            peer.owesLoss = true
        case .byThisNode, .byPeer, .lost:
            post(.unreachable(peer.id))
        }
        if !peer.isMember {
            peers.removeAll { $0 === peer }
        } else if peer.isIdle {
            scheduleDial(peer, in: nodeID < peer.id ? peer.pause.next(using: &jitter) : settings.passiveDialPause)
        }
    }

    // MARK: Members

    func updateMembers(_ members: [Member]) {
        for peer in peers where peer.isMember && !members.contains(where: { $0.id == peer.id }) {
            removeMember(peer)
        }
        for member in members where member.id != nodeID {
            if let peer = peer(member.id) {
                let isNews = !peer.isMember || peer.address != member.raftAddress
                peer.note(member)
                judgeInstance(of: peer)
                guard isNews, peer.link == nil else { continue }
                peer.pause.reset()
                peer.cancelWaiting()
                scheduleDial(peer, in: .zero)
            } else {
                let peer = insertPeer(member.id, isMember: true, address: member.raftAddress)
                peer.note(member)
                scheduleDial(peer, in: firstPause(peer))
            }
        }
    }

    /// The members may have come to know another instance than the one that is linked.
    private func judgeInstance(of peer: Peer) {
        for upload in uploads.all where upload.peer.nodeID == peer.id && isOther(upload.peer.instance, than: peer) {
            upload.end(.otherInstance, Self.otherInstance(peer.id))
        }
        for connection in [peer.link, peer.inHandshake].compactMap(\.self) {
            guard let introduction = connection.peer else { continue }
            connection.isOtherInstance = isOther(introduction.instance, than: peer)
            if connection.isOtherInstance, introduction.memberSince <= peer.memberSince {
                connection.end(.byThisNode(.otherInstance, Self.otherInstance(peer.id)))
            }
        }
    }

    private func removeMember(_ peer: Peer) {
        endUploads(to: peer.id, .notMember, "the node is no longer a member")
        peers.removeAll { $0 === peer }
        peer.cancelWaiting()
        peer.inHandshake?.end(.byThisNode(.notMember, "the node is no longer a member"))
        peer.link?.end(.byThisNode(.notMember, "the node is no longer a member"))
    }

    func reopenLinks() {
        fetch?.cancel()
        for peer in peers {
            peer.inHandshake?.end(.byThisNode(.clusterChanged, "the cluster id of this node has changed"))
            peer.link?.end(.byThisNode(.clusterChanged, "the cluster id of this node has changed"))
            endUploads(to: peer.id, .clusterChanged, "the cluster id of this node has changed")
            peer.pause.reset()
            peer.cancelWaiting()
            scheduleDial(peer, in: .zero)
        }
    }

    private func insertPeer(_ id: NodeID, isMember: Bool, address: String) -> Peer {
        let pause = DialPause(shortest: settings.dialPauseMin, longest: settings.dialPauseMax)
        let peer = Peer(id: id, isMember: isMember, address: address, pause: pause)
        peers.insert(peer, at: peers.firstIndex { id < $0.id } ?? peers.count)
        return peer
    }
}
