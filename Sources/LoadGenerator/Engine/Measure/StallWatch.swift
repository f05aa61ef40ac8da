/// How long one event loop stood still although it had something to do, because its thread got no processor or the
/// process was stopped. Measured by a regular duty that is carried out too late. Time that the thread itself used does
/// not count, since a loop with many answers to read is busy and not held up.
///
/// Pure: times are arguments, in nanoseconds.
struct StallWatch: Sendable {
    private let start: UInt64
    /// CPU time of the thread at the last note.
    private var cpu: UInt64
    private(set) var total: UInt64 = 0
    private(set) var longest: UInt64 = 0

    /// Time before `start` does not count.
    init(start: UInt64, cpu: UInt64) {
        self.start = start
        self.cpu = cpu
    }

    /// Notes that the duty that was due at `due` is carried out at `now`. `cpu` is the CPU time of the thread so far.
    mutating func note(due: UInt64, now: UInt64, cpu: UInt64) {
        let used = cpu - min(self.cpu, cpu)
        self.cpu = cpu
        let behind = now - min(max(due, start), now)
        guard behind >= used + EngineLimits.stallMin else { return }
        total += behind - used
        longest = max(longest, behind - used)
    }
}
