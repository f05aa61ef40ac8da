internal import DequeModule
internal import RaftCore

/// Decides, from numbers alone, through which entry the log may be cut off:
///
/// ```
///   gone      may go                     stays
/// ────────┬────────────────────────┬──────────────────────────────┐
///         cut                      least of: applied, durably     last
///                                            the end less the tail
///                                            what a member lacks that is served from the log
///                                            what a snapshot under way needs
/// ```
///
/// A member is served from the log as long as it was heard in the last minutes and no more than `backlogBytesMax` is
/// kept for it. One that is gone so costs bounded bytes for a bounded time; beyond, it gets a snapshot. Entries that
/// are not applied do not count: they stay in any case, and no snapshot has them. Whether the memory has what a member
/// lacks makes no difference, because the ring may drop it at any time.
///
/// It knows roughly how many bytes lie before which entry, by marks at equal distances.
struct LogRetention {
    /// What others still need of the log.
    struct Needs {
        /// The last entry that is durably in the state machine.
        var applied: LogIndex
        /// The last entry that the log has no more.
        var gone: LogIndex
        /// Those of a leader; none at another role.
        var followers: [FollowerProgress] = []
        /// The entries after this one are needed by somebody else, such as the receiver of a snapshot.
        var pinned: LogIndex?
        /// The size of the data on disk.
        var dataBytes = 0
        /// The bytes sent to members that have just installed a snapshot: as much may be kept for them.
        var transfers: [(member: NodeID, bytes: Int)] = []
        var now: Instant
    }

    private let settings: CompactionSettings
    /// Each names an entry and the bytes through it, counted from `start`. Both rise.
    private var marks: Deque<(index: LogIndex, bytes: Int)> = []
    private var last: LogIndex
    /// Of the entries from `start` on, less those that were truncated.
    private var bytes = 0
    /// The last entry of before the count began.
    private var start: LogIndex

    init(_ settings: CompactionSettings, after last: LogIndex) {
        self.settings = settings
        self.last = last
        start = last
    }

    private var markBytes: Int { max(settings.tailBytes / 16, 1) }

    // MARK: The log

    mutating func append(_ index: LogIndex, bytes entryBytes: Int) {
        last = index
        bytes += entryBytes
        if bytes - (marks.last?.bytes ?? 0) >= markBytes { marks.append((index, bytes)) }
    }

    /// The entries from `index` on are gone. Up to the distance of two marks they may be counted as smaller than they
    /// were: then a little more stays.
    mutating func truncate(from index: LogIndex) {
        last = min(last, index.previous)
        while let mark = marks.last, mark.index > last { marks.removeLast() }
        bytes = min(bytes, (marks.last?.bytes ?? 0) + markBytes)
        if last <= start { (start, bytes) = (last, 0) }
    }

    /// Forgets what was cut off.
    mutating func didCut(through index: LogIndex) {
        while marks.count > 1, marks[1].index <= index { marks.removeFirst() }
    }

    /// At least this much follows `index`, in bytes, apart from the distance of two marks.
    func bytesAfter(_ index: LogIndex) -> Int {
        if index < start {
            let (assumed, overflow) = Int(start.rawValue - index.rawValue)
                .multipliedReportingOverflow(by: settings.assumedEntryBytes)
            return overflow ? .max : bytes + assumed
        }
        return bytes - (lastMark { $0.index <= index }?.bytes ?? 0)
    }

    /// The last entry that is followed by this much.
    func lastIndex(leaving kept: Int) -> LogIndex {
        if let mark = lastMark(where: { bytes - $0.bytes >= kept }) { return mark.index }
        let missing = max(kept - bytes, 0)
        let count = UInt64((missing + settings.assumedEntryBytes - 1) / settings.assumedEntryBytes)
        return LogIndex(start.rawValue - min(count, start.rawValue))
    }

    /// The last mark of those at the beginning that are `early`. A long log has many.
    private func lastMark(where isEarly: (_ mark: (index: LogIndex, bytes: Int)) -> Bool) -> (
        index: LogIndex, bytes: Int
    )? {
        var (lower, upper) = (0, marks.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if isEarly(marks[middle]) { lower = middle + 1 } else { upper = middle }
        }
        return lower == 0 ? nil : marks[lower - 1]
    }

    // MARK: The decision

    /// No more than this is kept for a member (`bytesKept`), whether it is served from the log or takes a snapshot. As
    /// much as the data, because a snapshot of these would be as long; and while one travels, about as much may be
    /// added.
    func backlogBytesMax(dataBytes: Int) -> Int { max(settings.laggingBytesMax, dataBytes) }

    /// What stays for somebody who has the entries through `index`, in bytes: those up to `applied`, which are in a new
    /// snapshot too. The ones after it stay for all.
    func bytesKept(after index: LogIndex, applied: LogIndex) -> Int {
        max(bytesAfter(index) - bytesAfter(applied), 0)
    }

    /// The last entry that may go. Rule R8 of `Docs/HotPath.md`: never one that is not in the state machine on disk.
    func cut(for needs: Needs) -> LogIndex {
        var through = min(needs.applied, lastIndex(leaving: settings.tailBytes))
        if let pinned = needs.pinned { through = min(through, pinned) }
        for follower in needs.followers {
            if let kept = lastBefore(theNeedsOf: follower, needs) { through = min(through, kept) }
        }
        return through
    }

    /// The entries after this one are kept for a member; nil if none are: it is not served from the log, or what it
    /// lacks is gone, or it waits for a snapshot, which is reckoned with in `pinned`.
    private func lastBefore(theNeedsOf follower: FollowerProgress, _ needs: Needs) -> LogIndex? {
        guard follower.state != .snapshot,
            needs.now.nanoseconds(since: follower.heardAt) <= settings.awayNanoseconds
        else { return nil }
        // While it is probed, it may have no more than was found to match. That is known only once it has answered, so
        // it is given the benefit of the doubt, and a tail before.
        let isSought = follower.state == .probe && follower.nextIndex > follower.matchIndex.next
        let has = isSought ? follower.nextIndex.previous : follower.matchIndex
        let kept = bytesKept(after: has, applied: needs.applied)
        let sent = needs.transfers.first { $0.member == follower.id }?.bytes ?? 0
        let most = max(backlogBytesMax(dataBytes: needs.dataBytes), sent)
        // One that is there and catches up has half as much again, so that it is not dropped in the moment in which its
        // snapshot, which may keep as much, has brought it here.
        guard has >= needs.gone, kept <= (follower.isRecentlyActive ? most + most / 2 : most) else { return nil }
        return isSought ? max(needs.gone, lastIndex(leaving: bytesAfter(has) + settings.tailBytes)) : has
    }
}
