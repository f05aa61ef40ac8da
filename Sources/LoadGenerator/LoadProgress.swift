/// The progress of a run, reported once per second.
package struct LoadProgress: Sendable {
    package enum Phase: Sendable { case filling, warmingUp, measuring, draining, verifying }

    /// How far a phase goes, where that is known.
    package enum Extent: Sendable, Equatable {
        case seconds(Double)
        case count(done: UInt64, of: UInt64)
    }

    package var phase: Phase
    /// Seconds since the start of the phase.
    package var elapsedSeconds: Double
    package var extent: Extent?
    /// The figures of the last second.
    package var interval: IntervalResult
    /// Failed requests since the start of the measurement, and attempts to connect that failed.
    package var errors: UInt64
    package var inFlight: Int
}
