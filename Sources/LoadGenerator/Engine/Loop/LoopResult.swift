/// The result of one event loop in the load phase.
struct LoopResult: Sendable {
    var measurements: Measurements
    var gaps: SuccessGaps
    /// When the loop stopped sending, and when the last answer came; monotonic nanoseconds.
    var sendingEnd: UInt64
    var lastAnswer: UInt64
    /// CPU time of the thread divided by elapsed time, 0…1, while it sent.
    var cpuShare: Double
    var lateSends: UInt64
    var lateSendMax: UInt64
    var queuedSends: UInt64
    var unsent: UInt64
    /// The part of `unsent` that found no free place: the server, not the generator, was too slow.
    var unsentQueued: UInt64
    /// How long the loop stood still in total, and at most at once, in nanoseconds.
    var stalled: UInt64
    var longestStall: UInt64
    /// Whether the run was abandoned because nothing succeeded any more.
    var isStalled: Bool
}
