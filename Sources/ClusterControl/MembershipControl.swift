/// Carries out control requests. The server fulfils this port, and the HTTP side calls it.
///
/// It does not stand with the ports of the hot path, because that knows no control plane: joins and removals reach the
/// replica as single changes of the configuration.
package protocol MembershipControl: Sendable {
    /// Carries the request out on the leader, wherever it is, and returns within the request's timeout.
    func perform(_ request: ControlRequest) async -> ControlAnswer

    /// Lets this node serve again although another cluster takes it for its member, and heed that cluster no more until
    /// the process ends. False if there was no fence.
    func liftFence() async -> Bool
}
