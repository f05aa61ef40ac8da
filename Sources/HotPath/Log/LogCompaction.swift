internal import RaftCore

/// The log that gets shorter at its beginning: when that is due, and how far it has come. One cycle at a time:
///
/// ```
///  idle ──due──► the data become durable ──► the cut is written ──► it is durable ──► files are released ──► idle
///       (turn)       (maintenance thread)       (log thread)           (turn)         (maintenance thread)
/// ```
///
/// A cycle that fails anywhere begins again after a pause; what it did so far is right without the rest. Nothing waits
/// for a cycle: neither the log thread nor the apply thread is asked to.
///
/// Expiry: a cut that is written becomes durable or the process ends. The rest of a cycle is in the hands of its owner,
/// who reports the end.
struct LogCompaction {
    private enum Stage {
        case idle
        /// The owner is at work.
        case underWay
        /// The cut waits for its job, or for its job to be durable.
        case writing(CompactionPoint, sequence: UInt64?, completion: (Replica.CutResult) -> Void)
    }

    let settings: CompactionSettings
    private(set) var retention: LogRetention
    /// The last entry that is durably gone.
    private(set) var cut: LogID
    /// Added to the log since the last cycle began, in bytes.
    private var bytes = 0
    /// Added to the log since its files were released.
    private var bytesUnreleased = 0
    private var stage = Stage.idle
    /// Through which the data were durable when the last cycle began.
    private var persistedBefore = LogIndex.zero
    private var lastEnd: Instant
    private var pausedUntil: Instant

    init(_ settings: CompactionSettings, last: LogIndex, cut: LogID, now: Instant) {
        self.settings = settings
        self.cut = cut
        retention = LogRetention(settings, after: last)
        lastEnd = now
        pausedUntil = now
    }

    // MARK: The log

    mutating func append(_ entry: Entry) {
        retention.append(entry.id.index, bytes: entry.encodedBytes)
        bytes += entry.encodedBytes
        bytesUnreleased += entry.encodedBytes
    }

    mutating func truncate(from index: LogIndex) { retention.truncate(from: index) }

    /// Whether the files of the log hold much that is gone, so that it is worth while to make table files of what the
    /// log has in memory. If much is kept, most of what was added since the last time is still needed, and would be
    /// written for nothing.
    var wantsFilesReleased: Bool {
        bytesUnreleased >= settings.easyBytes
            && bytesUnreleased - min(retention.bytesAfter(cut.index), bytesUnreleased) >= settings.easyBytes / 2
    }

    // MARK: When

    /// When the next cycle is due, whether the data are durable or not; nil while one is under way, or if nothing was
    /// added.
    var nextDeadline: Instant? {
        guard case .idle = stage, bytes > 0 else { return nil }
        if bytes >= settings.intervalBytes { return pausedUntil }
        return max(pausedUntil, lastEnd.advanced(byNanoseconds: settings.intervalNanoseconds))
    }

    /// The entry through which the data should be durable in a cycle that is due, and under way from then on; nil if
    /// none is. They are durable through `persisted` and applied through `applied`.
    mutating func begin(persisted: @autoclosure () -> LogIndex, applied: LogIndex, now: Instant) -> LogIndex? {
        guard let nextDeadline else { return nil }
        let isForced = nextDeadline <= now
        guard isForced || bytes >= settings.easyBytes && pausedUntil <= now else { return nil }
        let persisted = persisted()
        guard isForced || persisted > persistedBefore else { return nil }
        persistedBefore = persisted
        stage = .underWay
        bytes = 0
        return isForced ? applied : persisted
    }

    /// The cycle under way is over.
    mutating func end(succeeded: Bool, hasReleased: Bool, now: Instant) {
        guard case .underWay = stage else { return }
        stage = .idle
        lastEnd = now
        if hasReleased { bytesUnreleased = 0 }
        if !succeeded {
            pausedUntil = now.advanced(byNanoseconds: settings.retryNanoseconds)
            // It is due as soon as the pause is over.
            bytes = max(bytes, settings.intervalBytes)
        }
    }

    // MARK: The cut

    /// A cycle has begun, and no cut is on its way.
    var isUnderWay: Bool {
        if case .underWay = stage { return true }
        return false
    }

    /// A cut is about to be written. Precondition: a cycle is under way, and writes none yet.
    mutating func write(_ point: CompactionPoint, _ completion: @escaping (Replica.CutResult) -> Void) {
        guard case .underWay = stage else { preconditionFailure("a log is cut off without need") }
        stage = .writing(point, sequence: nil, completion: completion)
    }

    /// The cut that waits for its job; it has the sequence number of that from now on.
    mutating func takeCut(sequence: UInt64) -> CompactionPoint? {
        guard case .writing(let point, nil, let completion) = stage else { return nil }
        stage = .writing(point, sequence: sequence, completion: completion)
        return point
    }

    /// Whether a cut waits for its job.
    var awaitsJob: Bool {
        if case .writing(_, nil, _) = stage { return true }
        return false
    }

    /// The log thread has reported its jobs through `flushed`. Returns the end of the cut if that is among them.
    mutating func takeDurable(through flushed: UInt64) -> (() -> Void)? {
        guard case .writing(let point, let sequence?, let completion) = stage, sequence <= flushed else { return nil }
        stage = .underWay
        cut = point.lastIncluded
        retention.didCut(through: cut.index)
        return { completion(.cut(through: point.lastIncluded)) }
    }

    /// The log is another one from now on. Returns the end of the cut under way.
    mutating func abandon() -> (() -> Void)? {
        guard case .writing(_, _, let completion) = stage else { return nil }
        stage = .underWay
        return { completion(.nothing) }
    }
}
