package import ClusterControl
internal import HotPath
internal import KeyValue
internal import Logging
internal import NIOCore
internal import RaftCore

/// Joins and removals, and comparisons of all data: carried out on the leader, passed on to it from every other node.
///
/// It keeps nothing between two requests: every step of a change is in the log or can be repeated, so a request that
/// failed half-way is completed by asking again.
package struct Membership: MembershipControl {
    let localID: NodeID
    let handle: ReplicaHandle
    let transport: TransportHandle
    /// The state of the cluster in words, for the answer to a request that was carried out.
    let statistics: @Sendable () -> String
    /// The cluster that this node belongs to now, if any.
    let clusterID: @Sendable () -> ClusterID?
    let logger: Logger

    // MARK: MembershipControl

    package func perform(_ request: ControlRequest) async -> ControlAnswer {
        let deadline = handle.tasks.deadline(inMilliseconds: request.timeoutMilliseconds)
        var request = request
        do throws(ControlFailure) {
            request = try request.checked()
        } catch {
            return ControlAnswer(code: error.code, message: error.message, applied: error.applied)
        }
        // By those who were asked so far and could not carry it out.
        var effect = ControlEffect.no
        while true {
            switch await performOnce(request, deadline: deadline) {
            case .answer(var answer):
                if answer.code == .ok { return answer }
                effect = answer.applied.after(effect)
                answer.applied = effect
                // Whoever was asked no longer leads: the next leader completes what this one has begun.
                if answer.code != .noLeader { return answer }
            case .nobody:
                // Nobody passes a request on for a node that takes no part in a cluster, however long it waits.
                if effect == .no, await handle.onLoop({ [localID] in $0.configuration[localID] == nil }) {
                    return ControlAnswer(code: .noLeader, message: "ask a member of the cluster for this")
                }
            case .lost:
                effect = .unknown
            }
            guard await deadline.pause() else { return Self.unanswered(effect) }
        }
    }

    package func liftFence() async -> Bool {
        await withCheckedContinuation { continuation in
            handle.eventLoop.execute {
                let cluster = handle.liftFence()
                if let cluster {
                    logger.notice(
                        "the fence is lifted by an operator: the cluster \(cluster) is not heeded until the next start")
                }
                continuation.resume(returning: cluster != nil)
            }
        }
    }

    private func performOnce(_ request: ControlRequest, deadline: Deadline) async -> ReplicaHandle.LeaderReply {
        if await handle.onLoop({ $0.role == .leader && $0.hasCommittedInCurrentTerm }) {
            return .answer(await performAsLeader(request, deadline: deadline))
        }
        // The leader has the time that is left, and a little more on the way: its own words are better than ours.
        var rest = request
        rest.timeoutMilliseconds = deadline.remainingMilliseconds
        return await handle.askLeader(rest, until: deadline.other(inMilliseconds: rest.timeoutMilliseconds + 1_000))
    }

    private static func unanswered(_ effect: ControlEffect) -> ControlAnswer {
        guard effect == .no else {
            return ControlAnswer(code: .timeout, message: "the leader did not answer in time", applied: effect)
        }
        return ControlAnswer(
            code: .noLeader,
            message: """
                no leader was found in time, and this needs one: a majority of the voters must run and \
                reach each other (look at /readyz of each). \(Removal.noRecovery)
                """)
    }

    /// A request that another node passed on. Never passed on again, so that two nodes cannot bounce it between them.
    func performForPeer(_ payload: ByteBuffer) async -> ByteBuffer {
        let answer: ControlAnswer
        do throws(CodecError) {
            let request = try ControlCodec.decodeRequest(payload)
            if await handle.onLoop({ $0.role == .leader }) {
                let deadline = handle.tasks.deadline(inMilliseconds: request.timeoutMilliseconds)
                answer = await performAsLeader(request, deadline: deadline)
            } else {
                answer = ControlAnswer(
                    code: .noLeader, message: "the node that was asked is no longer the leader: try again")
            }
        } catch {
            answer = ControlAnswer(code: .invalidArgument, message: "a peer sent a malformed control request: \(error)")
        }
        return ControlCodec.encode(answer)
    }

    private func performAsLeader(_ request: ControlRequest, deadline: Deadline) async -> ControlAnswer {
        do throws(ControlFailure) {
            let warning: String?
            switch try request.checked() {
            case .join(let request):
                let join = Join(
                    request: request, deadline: deadline, localID: localID, handle: handle, transport: transport,
                    clusterID: clusterID, logger: logger)
                warning = try await join.run()
            case .remove(let request):
                let removal = Removal(
                    request: request, deadline: deadline, localID: localID, handle: handle, logger: logger)
                warning = try await removal.run()
            case .compare:
                let comparison = DataComparison(deadline: deadline, handle: handle)
                return ControlAnswer(code: .ok, statsJSON: try await comparison.run())
            }
            return ControlAnswer(code: .ok, warning: warning, statsJSON: statistics())
        } catch {
            if case .handedOver(let answer) = error { return answer }
            return ControlAnswer(code: error.code, message: error.message, applied: error.applied)
        }
    }
}
