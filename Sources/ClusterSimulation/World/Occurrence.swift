/// One thing that happens at a moment of a simulation. `life` counts the starts of a node: what an earlier process left
/// in the queue concerns nobody.
enum Occurrence {
    /// The replica was woken.
    case turn(node: Int, life: UInt32)
    /// The replica's timer, if it was not set anew meanwhile.
    case timer(node: Int, life: UInt32, setting: UInt64)
    /// The log thread's batch is on disk.
    case synced(node: Int, life: UInt32)
    /// The log thread says so.
    case reported(node: Int, life: UInt32)
    /// The apply thread runs.
    case apply(node: Int, life: UInt32)
    /// The oldest read of the log is done.
    case logRead(node: Int, life: UInt32)
    /// The oldest read of a record that needs the disk is done.
    case recordRead(node: Int, life: UInt32)
    /// The flush thread takes its next step.
    case flushStep(node: Int, life: UInt32)
    /// The maintenance thread takes its next step for the log.
    case compaction(node: Int, life: UInt32)
    /// The snapshot that members wait for is made.
    case snapshotMade(node: Int, life: UInt32)
    /// The next chunk of the snapshot that a node fetches is due.
    case snapshotChunk(node: Int, life: UInt32)
    /// The thread that makes digests for comparisons is done with one.
    case comparison(node: Int, life: UInt32)
    /// A snapshot reaches its receiver, or does not.
    case snapshot(Int)
    /// A snapshot has taken the place of a log, or has failed to.
    case install(node: Int, life: UInt32)
    /// A message reaches the end of its link.
    case arrival(flight: Int)
    /// One end of a link learns that it is open or closed.
    case linkNews(node: Int, peer: Int, life: UInt32, session: UInt64, isOpen: Bool)
    /// Two nodes without a link try to have one.
    case dial(low: Int, high: Int)
    /// Two nodes have dialled each other, and the second of the two links is ready.
    case crossing(low: Int, high: Int, session: UInt64)
    /// A node that was down starts.
    case start(node: Int, life: UInt32)
    /// A node that is asked to stop has taken its time.
    case stop(node: Int, life: UInt32)
    /// A client asks for something.
    case client(Int)
    /// The next fault of the schedule.
    case fault(Int)
    /// A cut of the schedule ends.
    case mend(from: Int, to: Int, cut: UInt64)
    /// Nothing may have come over a link since a cut began.
    case silence(from: Int, to: Int, cut: UInt64, session: UInt64)
    /// A node that was slow is as fast as before.
    case fasten(node: Int, life: UInt32)
    /// A disk is as good as before.
    case mendDisk(node: Int)
    /// A storm ends.
    case calm
    /// The checks that are too dear to run after each step.
    case inspection
}
