internal import NIOCore
internal import RaftCore

/// The snapshots that this node sends, and whose turn it is. Confined to the transport's loop.
///
/// A chunk is much for an event loop that also has the heartbeats: one leaves per pass of the loop, as the rate allows,
/// and each transfer that has one ready gets its turn.
final class SnapshotUploads {
    private let loop: any EventLoop
    private(set) var all: [SnapshotUpload] = []
    /// Those with a chunk that can leave; the next comes first.
    private var ready: [SnapshotUpload] = []
    private var rate: SnapshotRate
    private var timer: Scheduled<Void>?

    init(loop: any EventLoop, bytesPerSecond: Int) {
        self.loop = loop
        rate = SnapshotRate(bytesPerSecond: bytesPerSecond)
    }

    /// Whether one more may begin.
    var hasRoom: Bool { all.count { $0.isActive } < TransportLimits.snapshotUploadsMax }

    func add(_ upload: SnapshotUpload) { all.append(upload) }

    func remove(_ upload: SnapshotUpload) {
        all.removeAll { $0 === upload }
        ready.removeAll { $0 === upload }
        guard ready.isEmpty else { return }
        timer?.cancel()
        timer = nil
    }

    /// Puts a transfer whose chunk can leave last in the row; without effect if it waits already.
    func offer(_ upload: SnapshotUpload) {
        guard !ready.contains(where: { $0 === upload }) else { return }
        ready.append(upload)
        schedule()
    }

    private func schedule() {
        guard timer == nil, !ready.isEmpty else { return }
        timer = loop.assumeIsolated().scheduleTask(deadline: max(rate.readyAt, loop.now)) { [self] in
            timer = nil
            sendOne()
            schedule()
        }
    }

    private func sendOne() {
        guard !ready.isEmpty else { return }
        let upload = ready.removeFirst()
        // Its socket may have filled up meanwhile: it comes back when that has room.
        guard upload.canSend else { return }
        rate.spend(upload.chunkBytes, now: loop.now)
        upload.sendChunk()
    }
}
