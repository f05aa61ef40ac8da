internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// The questions and changes of joins and removals, put to the replica.
extension ReplicaHandle {
    /// Proposes one change and waits until it is committed. A change that is hindered for a moment is tried again until
    /// the deadline. Leader only.
    func change(_ change: ConfigurationChange, deadline: Deadline) async throws(ControlFailure) {
        while true {
            let result: Replica.ConfigurationResult = await waiting { replica, done in
                replica.changeConfiguration(change, completion: done)
            }
            switch result {
            case .committed, .unchanged:
                return
            case .unknown:
                throw .refused(
                    .timeout, "leadership was lost before the change was committed; look at /raft/stats and ask again")
            case .refused(let refusal):
                guard refusal.isPassing, await deadline.pause() else { throw refusal.failure }
            }
        }
    }

    /// The configuration once none of its changes is open, after a majority has confirmed that this node still leads.
    /// Leader only.
    func committedConfiguration(deadline: Deadline) async throws(ControlFailure) -> Configuration {
        while true {
            let confirmed: Replica.ConfirmedConfiguration = await waiting { replica, done in
                replica.confirmConfiguration(completion: done)
            }
            switch confirmed {
            case .committed(let configuration):
                return configuration
            case .notLeader:
                throw ConfigurationOutcome.Refusal.notLeader.failure
            case .changing:
                guard await deadline.pause() else { throw ConfigurationOutcome.Refusal.changeInProgress.failure }
            }
        }
    }

    /// The leader's answer to a request; nil if there is no leader, if it did not answer, or if this node is it.
    func askLeader(_ request: ControlRequest) async -> ControlAnswer? {
        let payload = ControlCodec.encode(request)
        let reply: ByteBuffer? = await waiting { replica, done in replica.askLeader(payload, completion: done) }
        guard let reply else { return nil }
        do throws(CodecError) {
            let answer = try ControlCodec.decodeAnswer(reply)
            return answer.code == .noLeader ? nil : answer
        } catch {
            return ControlAnswer(
                code: .internal, message: "the leader's answer could not be read: \(error)", applied: .unknown)
        }
    }
}
