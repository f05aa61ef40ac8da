internal import Bytes
internal import ClusterControl
internal import HotPath
internal import Logging
internal import NIOCore
internal import RaftCore

/// Sees to it that the members know this node at the address that it announces. An operator who starts a node with
/// another `RAFT_ADVERTISE` expects that to be enough.
///
/// Each time that a leader is found the node compares, and asks the leader to correct what differs. The leader dials
/// the new address before it believes it; where it refuses, a warning says so and the node asks again, less and less
/// often. Confined to the replica's loop.
final class AddressCorrection {
    private let nodeID: NodeID
    private let addresses: AnnouncedAddresses
    private let membership: Membership
    private let logger: Logger
    private var task: Task<Void, Never>?

    init(nodeID: NodeID, addresses: AnnouncedAddresses, membership: Membership, logger: Logger) {
        self.nodeID = nodeID
        self.addresses = addresses
        self.membership = membership
        self.logger = logger
    }

    /// A leader was found, perhaps this node itself. `raftPort` and `httpPort` are those of the listeners, nil before
    /// they are open.
    func leaderFound(known: Configuration, raftPort: Int?, httpPort: Int?) {
        let announced = Announced(
            raft: addresses.raft(boundPort: raftPort),
            isRaftSet: addresses.raftAdvertise != nil,
            http: addresses.http(boundPort: httpPort),
            isHTTPSet: addresses.httpAdvertise != nil)
        guard let member = known[nodeID], announced.correction(of: member) != nil else { return }
        task?.cancel()
        task = membership.handle.tasks.spawn { [membership, logger] in
            await announced.correct(member.id, through: membership, logger)
        }
    }

    func stop() { task?.cancel() }
}

extension AddressCorrection {
    /// What a node announces, apart from what it leaves to the others.
    struct Announced: Sendable {
        var raft: HostAndPort?
        /// By the operator, and not only as the address on which the node listens.
        var isRaftSet: Bool
        var http: HostAndPort?
        var isHTTPSet: Bool

        /// The request that makes the member's addresses what is announced; nil if they are.
        func correction(of member: Member) -> JoinRequest? {
            let raft = raft.flatMap { replaces($0, member.raftAddress, isSet: isRaftSet) ? $0 : nil }
            let http = http.flatMap { replaces($0, member.httpAddress, isSet: isHTTPSet) ? $0 : nil }
            guard raft != nil || http != nil else { return nil }
            let address = raft?.description ?? member.raftAddress
            // A member that nobody has seen yet learns its address with the first join.
            guard !address.isEmpty else { return nil }
            var request = JoinRequest(nodeID: member.id.name, raftAddress: address)
            request.httpAddress = self.http?.description ?? (member.httpAddress.isEmpty ? nil : member.httpAddress)
            request.isUpdate = true
            return request
        }

        /// Asks the leader until nothing is left to correct, or the task is cancelled.
        func correct(_ id: NodeID, through membership: Membership, _ logger: Logger) async {
            var pause = TimeAmount.milliseconds(500)
            var complaint = ""
            while !Task.isCancelled {
                let configuration = await membership.handle.onLoop { $0.configuration }
                guard let member = configuration[id], let request = correction(of: member) else { return }
                let answer = await membership.perform(.join(request))
                if answer.code == .ok {
                    logger.notice("the members know this node at \(request.raftAddress) now")
                    return
                }
                if answer.message != complaint, !Task.isCancelled {
                    complaint = answer.message
                    logger.warning(
                        """
                        this node announces \(request.raftAddress), but the members know it at \
                        \(member.raftAddress) and did not take the correction: \(complaint). Make the address \
                        reachable for them, or correct RAFT_ADVERTISE
                        """)
                }
                pause = min(pause * 2, .seconds(60))
                do { try await membership.handle.tasks.sleep(for: pause) } catch { return }
            }
        }

        /// An address that was not set, but follows from the listener, replaces an address that cannot be its listener
        /// any more. Names stay: they may lead there.
        private func replaces(_ announced: HostAndPort, _ known: String, isSet: Bool) -> Bool {
            do throws(HostAndPort.Mistake) {
                let known = try HostAndPort(parsing: known)
                return !announced.leadsToSameListener(as: known) && (isSet || IPAddress(parsing: known.host) != nil)
            } catch {
                return true
            }
        }
    }
}
