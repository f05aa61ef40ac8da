internal import ClusterControl
internal import HotPath
internal import NIOCore
internal import PeerTransport
internal import RaftCore

/// The peer transport as tasks of the control plane see it: every call runs on its event loop, and every failure is
/// put into words for the user who asked for the join.
final class TransportHandle: @unchecked Sendable {
    // Checked by hand: `transport` is only touched on `eventLoop`.
    let eventLoop: any EventLoop
    /// Tells this process from another one with the same node id.
    let startID: UInt64
    /// Of this node.
    let electionSettings: ElectionSettings
    private let transport: PeerTransport

    init(eventLoop: any EventLoop, transport: PeerTransport) {
        self.eventLoop = eventLoop
        self.transport = transport
        startID = transport.startID
        electionSettings = transport.settings.election
    }

    /// On `eventLoop`: the highest feature level that the node at the other end of the open link knows; nil without a
    /// link.
    func featureLevel(of id: NodeID) -> UInt8? { transport.introduction(of: id)?.featureLevel }

    /// Dials a node and asks who it is.
    func introduce(to address: String, deadline: Deadline) async throws(ControlFailure) -> PeerIntroduction {
        let timeout = deadline.remainingMilliseconds
        let result = await onLoop { $0.introduce(to: address, timeoutMilliseconds: timeout) }
        switch result {
        case .success(let introduction): return introduction
        case .failure(let error): throw Self.failure(error)
        }
    }

    /// Asks a node to give up its own history and to take this cluster's id. Returns the instance that it then is; nil
    /// if it had that id already.
    func adopt(
        at address: String, request: AdoptionRequest, deadline: Deadline
    ) async throws(ControlFailure) -> InstanceID? {
        let timeout = deadline.remainingMilliseconds
        let result = await onLoop { $0.adopt(at: address, request: request, timeoutMilliseconds: timeout) }
        switch result {
        case .success(.accepted(let instance)): return instance
        case .success(.unchanged): return nil
        case .success(.refused(let refusal, let message)):
            throw .refused(Self.code(of: refusal), "error add voter: \(message.sentenceForLog)", applied: .no)
        case .failure(let error): throw Self.failure(error)
        }
    }

    private func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (PeerTransport) -> EventLoopFuture<Value>
    ) async -> Result<Value, any Error> {
        await withCheckedContinuation { continuation in
            eventLoop.execute { body(self.transport).whenComplete { continuation.resume(returning: $0) } }
        }
    }

    private static func failure(_ error: any Error) -> ControlFailure {
        guard let error = error as? TransportError else { return .refused(.internal, "\(error)", applied: .unknown) }
        let code: ControlAnswer.Code =
            switch error.code {
            case .invalidAddress, .noPeer: .invalidArgument
            case .timeout: .timeout
            case .incompatible, .refused: .clusterMismatch
            case .unreachable, .shutDown, .bindFailed: .unreachable
            }
        return .refused(code, "error add voter: \(error.message)", applied: error.mayHaveTakenEffect ? .unknown : .no)
    }

    private static func code(of refusal: AdoptionRefusal) -> ControlAnswer.Code {
        switch refusal {
        case .otherNode: .nodeIDConflict
        case .holdsUserData, .wrongConsent: .joinerNotEmpty
        case .memberOfOtherCluster: .clusterMismatch
        case .shuttingDown: .unreachable
        case .internal: .internal
        case .busy: .membershipChangeInProgress
        }
    }
}
