internal import HotPath
internal import NIOCore
internal import RaftCore

/// Counts one transfer of a snapshot, and says when a line about its progress is due.
struct SnapshotMeter {
    private var progress: SnapshotProgress
    private let since: NIODeadline
    private var ticks = 0
    private var bytesShown: UInt64 = 0

    init(
        _ direction: SnapshotProgress.Direction, _ peer: NodeID, _ request: SnapshotRequest, since: NIODeadline
    ) {
        progress = SnapshotProgress(direction: direction, peer: peer, lastIncluded: request.lastIncluded)
        self.since = since
    }

    mutating func add(_ bytes: Int) {
        progress.bytes += UInt64(bytes)
        progress.chunks += 1
    }

    mutating func resume() { progress.resumptions += 1 }

    func progress(now: NIODeadline) -> SnapshotProgress {
        var progress = progress
        progress.elapsedMilliseconds = UInt64(max(0, (now - since).nanoseconds)) / 1_000_000
        return progress
    }

    /// Once per tick: true once in `interval` ticks, unless nothing has moved.
    mutating func isLineDue(every interval: Int) -> Bool {
        ticks += 1
        guard ticks >= interval else { return false }
        ticks = 0
        defer { bytesShown = progress.bytes }
        return progress.bytes != bytesShown
    }
}
