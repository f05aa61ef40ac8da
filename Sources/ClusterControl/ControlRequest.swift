/// What a user asks of the whole cluster over HTTP: a change of membership, or a comparison of the members' data. Any
/// node takes it and passes it to the leader.
package enum ControlRequest: Hashable, Sendable {
    case join(JoinRequest)
    case remove(RemoveRequest)
    /// Compares all data of all members.
    case compare(timeoutMilliseconds: Int)

    /// How long the user wants to wait for the answer.
    package var timeoutMilliseconds: Int {
        get {
            switch self {
            case .join(let request): request.timeoutMilliseconds
            case .remove(let request): request.timeoutMilliseconds
            case .compare(let timeoutMilliseconds): timeoutMilliseconds
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
            case .compare: self = .compare(timeoutMilliseconds: newValue)
            }
        }
    }
}
