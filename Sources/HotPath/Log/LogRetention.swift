internal import DequeModule
internal import RaftCore

/// Decides, from numbers alone, through which entry the log may be cut off:
///
/// ```
///   gone      may go                     stays
/// ────────┬────────────────────────┬──────────────────────────────┐
///         cut                      least of: applied, durably     last
///                                            the end less the tail
///                                            what a live follower needs from the disk
///                                            what a snapshot under way needs
/// ```
///
/// It knows roughly how many bytes lie before which entry, by marks at equal distances.
struct LogRetention {
    /// What others still need of the log.
    struct Needs {
        /// The last entry that is durably in the state machine.
        var applied: LogIndex
        /// The first entry in memory: followers that need nothing before it are served from there.
        var ringStart: LogIndex
        /// Those of a leader; none at another role.
        var followers: [FollowerProgress] = []
        /// The entries after this one are needed by somebody else, such as the receiver of a snapshot.
        var pinned: LogIndex?
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
        return bytes - (marks.last { $0.index <= index }?.bytes ?? 0)
    }

    /// The last entry that is followed by this much.
    func lastIndex(leaving kept: Int) -> LogIndex {
        if let mark = marks.last(where: { bytes - $0.bytes >= kept }) { return mark.index }
        let missing = max(kept - bytes, 0)
        let count = UInt64((missing + settings.assumedEntryBytes - 1) / settings.assumedEntryBytes)
        return LogIndex(start.rawValue - min(count, start.rawValue))
    }

    // MARK: The decision

    /// The last entry that may go. Rule R8 of `Docs/HotPath.md`: never one that is not in the state machine on disk.
    func cut(for needs: Needs) -> LogIndex {
        var through = min(needs.applied, lastIndex(leaving: settings.tailBytes))
        if let pinned = needs.pinned { through = min(through, pinned) }
        for follower in needs.followers where follower.isRecentlyActive && follower.state != .snapshot {
            // While it is probed, nothing is known to match.
            let has = follower.state == .probe ? follower.nextIndex.previous : follower.matchIndex
            if has.next >= needs.ringStart || bytesAfter(has) > settings.laggingBytesMax { continue }
            through = min(through, has)
        }
        return through
    }
}
