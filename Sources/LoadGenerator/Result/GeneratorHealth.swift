/// Whether the generator itself kept up.
package struct GeneratorHealth: Sendable {
    /// Requests of an open loop that were sent more than 1 ms after their intended start although a place was free.
    package var lateSends: UInt64
    /// In nanoseconds.
    package var lateSendMax: UInt64
    /// Requests of an open loop whose intended start found every connection full; they wait, and their latency says so.
    package var queuedSends: UInt64
    /// Intended starts that had not been sent when the run ended.
    package var unsent: UInt64
    /// How long the thread that was held up most stood still in total although it had something to do, and the longest
    /// single pause of any thread, in nanoseconds.
    package var stalled: UInt64
    package var longestStall: UInt64
    /// CPU time of the generator's threads divided by elapsed time and number of threads, 0…1.
    package var cpuShare: Double
}
