internal import Glibc

/// The clock of every latency and every schedule: nanoseconds since an arbitrary moment, never set back.
enum MonotonicClock {
    static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// The CPU time of the calling thread, in nanoseconds.
    static func threadCPU() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Seconds since 1970.
    static func wallSeconds() -> Double { Double(read(CLOCK_REALTIME)) / 1e9 }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        let status = clock_gettime(clock, &time)
        precondition(status == 0, "a clock of the system cannot be read")
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
