/// What a listener reports about itself.
package enum AcceptEvent: Hashable, Sendable {
    /// There are as many connections as there may be. Others belong to the reserve, or wait until some have closed.
    case full(connections: Int)
    /// The system gave no descriptor or no memory for another connection.
    case failed(errorNumber: CInt)
    /// There is room for connections again.
    case resumed
}
