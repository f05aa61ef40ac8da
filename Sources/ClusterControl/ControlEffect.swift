/// What a control request that failed has changed by the time of its answer. A join has several steps, and the error of
/// the last one says nothing about those before it.
package enum ControlEffect: UInt8, Hashable, Sendable, CaseIterable {
    /// Nothing, and nothing will.
    case no = 0
    /// At least one step took effect, and no further one will. Asking again completes the change.
    case partly = 1
    /// A step was sent whose outcome nobody reported: it may have taken effect, or may still.
    case unknown = 2

    /// What holds for a request one of whose steps ended like this, after steps that ended in `earlier`.
    package func after(_ earlier: ControlEffect) -> ControlEffect {
        ControlEffect(rawValue: max(rawValue, earlier.rawValue)) ?? .unknown
    }
}
