internal import NIOCore

/// When the next chunk may leave so that all transfers of a node together stay below a number of bytes per second.
///
/// Time that nobody used is lost: a chunk never leaves sooner because none left before, so that a pause is followed by
/// no burst.
struct SnapshotRate {
    private let bytesPerSecond: Int64
    /// From when on the next chunk may leave.
    private(set) var readyAt = NIODeadline.uptimeNanoseconds(0)

    init(bytesPerSecond: Int) {
        precondition(bytesPerSecond > 0, "a rate of nothing never sends")
        self.bytesPerSecond = Int64(bytesPerSecond)
    }

    /// A chunk leaves.
    mutating func spend(_ bytes: Int, now: NIODeadline) {
        let time = Int64(bytes) * 1_000_000_000 / bytesPerSecond
        readyAt = max(readyAt, now) + .nanoseconds(max(time, 1))
    }
}
