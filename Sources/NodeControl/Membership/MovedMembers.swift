internal import Bytes
internal import ClusterControl
internal import HotPath
internal import Logging
internal import NIOCore
internal import PeerTransport
internal import RaftCore

/// On the leader: corrects the port of a member that was started with another `RAFT_PORT` and has linked itself from
/// there. Without that the members would know it where it was, until they have to find each other again.
///
/// The host stays as it is. The one from which the leader sees a member may lead there from the leader's network alone,
/// so a member on another host is only a warning; it has `RAFT_ADVERTISE`. A member whose operator has set that asks
/// for the correction itself (`AddressCorrection`).
///
/// Nobody takes a member's place in this way: the correction asks that nobody answers under the member's id at the
/// address known, and that the very process that has the link answers at the new one. Confined to the replica's loop.
final class MovedMembers {
    private let localID: NodeID
    private let addresses: AnnouncedAddresses
    private let handle: ReplicaHandle
    private let transport: PeerTransport
    private let membership: Membership
    private var moves: [NodeID: Task<Void, Never>] = [:]

    init(
        localID: NodeID, addresses: AnnouncedAddresses, handle: ReplicaHandle, transport: PeerTransport,
        membership: Membership
    ) {
        self.localID = localID
        self.addresses = addresses
        self.handle = handle
        self.transport = transport
        self.membership = membership
    }

    /// This node has become the leader: links may be open already, and it may have moved itself.
    func lookAtAll() {
        let members = handle.withReplica { $0.configuration.members }
        for member in members where member.id != localID { look(at: member.id) }
        let port = transport.boundPort ?? addresses.raftPort
        // 0: the system has not chosen it yet.
        guard addresses.raft(boundPort: port) == nil, port != 0,
            let own = members.first(where: { $0.id == localID }), let move = Move(of: own, seenAt: nil, port: port)
        else { return }
        follow(move, startID: transport.startID)
    }

    /// A link to the node is open.
    func look(at id: NodeID) {
        guard let member = handle.withReplica({ $0.role == .leader ? $0.configuration[id] : nil }),
            let peer = transport.introduction(of: id), !peer.isRaftAddressSet, let move = Move(of: member, by: peer)
        else { return }
        follow(move, startID: peer.startID)
    }

    func stop() { for move in moves.values { move.cancel() } }

    private func follow(_ move: Move, startID: UInt64) {
        moves[move.member.id]?.cancel()
        moves[move.member.id] = handle.tasks.spawn { [membership] in await membership.follow(move, startID: startID) }
    }
}

extension MovedMembers {
    /// That a member does not seem to be where the members know it.
    struct Move: Hashable {
        let member: Member
        /// The host known with the port at which the member listens now; nil if that is the port known.
        let address: String?

        init?(of member: Member, by peer: PeerIntroduction) {
            do throws(HostAndPort.Mistake) {
                let seen = try HostAndPort(reachable: peer.raftAddress)
                self.init(of: member, seenAt: seen.host, port: seen.port)
            } catch {
                return nil
            }
        }

        /// Nil if nothing speaks against the address known: a name leads to other hosts as time passes. `host` is where
        /// the member is seen, nil for this node.
        init?(of member: Member, seenAt host: String?, port: Int) {
            do throws(HostAndPort.Mistake) {
                let known = try HostAndPort(parsing: member.raftAddress)
                let seen = HostAndPort(host: host ?? known.host, port: port)
                guard port != known.port || IPAddress(parsing: known.host) != nil,
                    !seen.leadsToSameListener(as: known)
                else { return nil }
                self.member = member
                address = port == known.port ? nil : HostAndPort(host: known.host, port: port).description
            } catch {
                // A member that nobody has seen yet.
                return nil
            }
        }

        /// The request that corrects the port; the HTTP address stays.
        func request(to address: String) -> JoinRequest {
            var request = JoinRequest(nodeID: member.id.name, raftAddress: address)
            request.httpAddress = member.httpAddress.isEmpty ? nil : member.httpAddress
            request.isUpdate = true
            return request
        }
    }
}

extension Membership {
    /// A listener that a restart has closed may be open again in a moment, and a port that a container publishes too.
    private static var attempts: Int { 3 }

    fileprivate func follow(_ move: MovedMembers.Move, startID: UInt64) async {
        let member = move.member
        for _ in 0..<Self.attempts {
            if await process(of: member.id, at: member.raftAddress) != nil { return }
            do { try await handle.tasks.sleep(for: .milliseconds(500)) } catch { return }
        }
        guard let address = move.address, await process(of: member.id, at: address) == startID else {
            guard !Task.isCancelled else { return }
            return logger.warning(
                """
                \(member.id) is linked, but does not answer at \(member.raftAddress), where the members know it\
                \(move.address.map { ", nor at \($0)" } ?? ""). Set its RAFT_ADVERTISE, or join it again where the \
                others reach it
                """)
        }
        let answer = await perform(.join(move.request(to: address)))
        if answer.code == .ok {
            logger.notice("\(member.id) has moved from \(member.raftAddress) to \(address); the members know it there")
        } else {
            logger.warning("\(member.id) has moved from \(member.raftAddress) to \(address): \(answer.message)")
        }
    }

    /// The start id of the process that answers as this node of this cluster there; nil if none does.
    private func process(of id: NodeID, at address: String) async -> UInt64? {
        do throws(ControlFailure) {
            let deadline = handle.tasks.deadline(inMilliseconds: 2_000)
            let there = try await transport.introduce(to: address, deadline: deadline)
            return there.nodeID == id && there.clusterID == clusterID() ? there.startID : nil
        } catch {
            return nil
        }
    }
}
