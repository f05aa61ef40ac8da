/// How long one event loop stood still although it had something to do: its thread got no processor, or the process was
/// stopped. Seen from a regular duty that comes too late; time that the thread itself used does not count, since a loop
/// with many answers at hand is busy and not held up.
///
/// Pure: times come in as arguments, in nanoseconds.
struct StallWatch: Sendable {
    private let start: UInt64
    /// Of the thread, at the last note.
    private var cpu: UInt64
    private(set) var total: UInt64 = 0
    private(set) var longest: UInt64 = 0

    /// What stood still before `start` is not counted.
    init(start: UInt64, cpu: UInt64) {
        self.start = start
        self.cpu = cpu
    }

    /// The duty that was due at `due` is done at `now`, or would be; `cpu` is the time that the thread has used so far.
    mutating func note(due: UInt64, now: UInt64, cpu: UInt64) {
        let used = cpu - min(self.cpu, cpu)
        self.cpu = cpu
        let behind = now - min(max(due, start), now)
        guard behind >= used + EngineLimits.stallMin else { return }
        total += behind - used
        longest = max(longest, behind - used)
    }
}
