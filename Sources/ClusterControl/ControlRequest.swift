/// A change of membership that a user asks for over HTTP. Any node takes it and passes it to the leader.
package enum ControlRequest: Hashable, Sendable {
    case join(JoinRequest)
    case remove(RemoveRequest)

    /// How long the user wants to wait for the answer.
    package var timeoutMilliseconds: Int {
        get {
            switch self {
            case .join(let request): request.timeoutMilliseconds
            case .remove(let request): request.timeoutMilliseconds
            }
        }
        set {
            switch self {
            case .join(var request):
                request.timeoutMilliseconds = newValue
                self = .join(request)
            case .remove(var request):
                request.timeoutMilliseconds = newValue
                self = .remove(request)
            }
        }
    }
}
