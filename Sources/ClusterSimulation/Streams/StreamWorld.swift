/// The surroundings of a network of streams: the clock, the queue of events and the faults of the network.
protocol StreamWorld: AnyObject {
    /// Nanoseconds since the start.
    var now: UInt64 { get }
    func schedule(_ event: StreamEvent, at time: UInt64)
    /// Nothing gets from one machine to another now.
    func isCut(from: Int, to: Int) -> Bool
    /// The process on a machine stands still until then.
    func pausedUntil(_ machine: Int) -> UInt64
}
