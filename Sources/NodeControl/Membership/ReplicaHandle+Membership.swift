internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// The questions and changes of joins and removals, put to the replica. Each returns soon after its deadline, whatever
/// the replica waits for.
extension ReplicaHandle {
    /// Makes a change out of the configuration in force, nil if there is nothing to do, or says why there can be none.
    /// On the loop.
    typealias ChangeMaker = @Sendable (Configuration) throws(ControlFailure) -> ConfigurationChange?

    private enum ChangeAttempt: Sendable {
        case ended(Replica.ConfigurationResult)
        case impossible(ControlFailure)
    }

    /// Proposes one change and waits until it is committed; false if there was nothing to do, by a
    /// configuration that is committed. A change that is hindered
    /// for a moment is made anew and tried again until the deadline: it always fits the configuration on which it is
    /// proposed, whatever else has changed meanwhile. Leader only.
    func change(until deadline: Deadline, _ make: @escaping ChangeMaker) async throws(ControlFailure) -> Bool {
        while true {
            let attempt: ChangeAttempt? = await waiting(until: deadline) { replica, done in
                guard replica.role == .leader else { return done(.ended(.refused(.notLeader))) }
                do throws(ControlFailure) {
                    guard let change = try make(replica.configuration) else {
                        // What makes the change needless may still be taken back.
                        return done(.ended(replica.isConfigurationCommitted ? .unchanged : .refused(.changeInProgress)))
                    }
                    replica.changeConfiguration(change) { done(.ended($0)) }
                } catch {
                    done(.impossible(error))
                }
            }
            switch attempt {
            case .ended(.committed):
                return true
            case .ended(.unchanged):
                return false
            case .ended(.unknown):
                throw .refused(
                    .timeout, "leadership was lost before the change was committed; ask again", applied: .unknown)
            case .ended(.refused(let refusal)):
                guard refusal.isPassing, await deadline.pause() else { throw refusal.failure }
            case .impossible(let failure):
                throw failure
            case nil:
                throw .refused(
                    .timeout,
                    "the change was proposed and is not committed yet; start the other members if they are "
                        + "down", applied: .unknown)
            }
        }
    }

    /// The configuration once none of its changes is open, after a majority has confirmed that this node still leads.
    /// Leader only.
    func committedConfiguration(until deadline: Deadline) async throws(ControlFailure) -> Configuration {
        while true {
            let confirmed: Replica.ConfirmedConfiguration? = await waiting(until: deadline) { replica, done in
                replica.confirmConfiguration(completion: done)
            }
            switch confirmed {
            case .committed(let configuration):
                return configuration
            case .notLeader:
                throw ConfigurationOutcome.Refusal.notLeader.failure
            case .changing:
                guard await deadline.pause() else { throw ConfigurationOutcome.Refusal.changeInProgress.failure }
            case nil:
                throw .refused(
                    .timeout, "a majority of the voters did not answer in time; start the others first", applied: .no)
            }
        }
    }

    /// What came of a request that was to be passed on to the leader.
    enum LeaderReply: Sendable {
        case answer(ControlAnswer)
        /// There is no leader, or this node is it: nothing was sent.
        case nobody
        /// No answer came. The request may have been carried out, or may still be.
        case lost
    }

    func askLeader(_ request: ControlRequest, until deadline: Deadline) async -> LeaderReply {
        let payload = ControlCodec.encode(request)
        // The replica alone knows whether anything was sent, so it has a moment longer to say so.
        let limit = deadline.remainingMilliseconds
        let reply: ControlReply? = await waiting(until: deadline.other(inMilliseconds: limit + 500)) { replica, done in
            replica.askLeader(payload, timeoutMilliseconds: limit, completion: done)
        }
        switch reply {
        case .notSent:
            return .nobody
        case .answer(let payload):
            do throws(CodecError) {
                return .answer(try ControlCodec.decodeAnswer(payload))
            } catch {
                return .answer(
                    ControlAnswer(
                        code: .internal, message: "the leader's answer could not be read: \(error)", applied: .unknown))
            }
        case .lost, nil:
            return .lost
        }
    }
}
