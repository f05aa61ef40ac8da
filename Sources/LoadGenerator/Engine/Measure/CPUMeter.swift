/// The share of a core that the thread of one event loop uses while it sends the load.
struct CPUMeter {
    private var begin: (cpu: UInt64, now: UInt64)?
    /// 0…1; 0 until the end.
    private(set) var share = 0.0

    /// Times in nanoseconds; only the first call counts. On the thread that is measured.
    mutating func start(_ now: UInt64) {
        if begin == nil { begin = (MonotonicClock.threadCPU(), now) }
    }

    mutating func stop(_ now: UInt64) {
        guard let begin, now > begin.now else { return }
        share = Double(MonotonicClock.threadCPU() - begin.cpu) / Double(now - begin.now)
    }
}
