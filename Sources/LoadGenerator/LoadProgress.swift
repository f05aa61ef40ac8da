/// The progress of a run, reported once per second.
package struct LoadProgress: Sendable {
    package enum Phase: Sendable { case filling, warmingUp, measuring, draining, verifying }
    package var phase: Phase
    /// Seconds since the start of the phase.
    package var elapsedSeconds: Double
    /// The figures of the last second.
    package var interval: IntervalResult
    /// Failed requests since the start of the measurement.
    package var failed: UInt64
    package var inFlight: Int
}
