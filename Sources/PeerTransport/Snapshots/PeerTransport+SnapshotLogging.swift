internal import HotPath
internal import Logging
internal import NIOCore
internal import RaftCore

// One line when the transfer of a snapshot begins, one when it ends, and in between one for every
// `PeerTransportSettings.snapshotLogTicks` in which it has moved.
extension PeerTransport {
    func logSnapshotBegins(_ meter: SnapshotMeter?, isResumed: Bool) {
        log(meter, isResumed ? "the transfer of a snapshot continues" : "the transfer of a snapshot begins", .info)
    }

    func logSnapshotProgress(_ meter: inout SnapshotMeter?) {
        guard meter?.isLineDue(every: settings.snapshotLogTicks) == true else { return }
        log(meter, "a snapshot is being transferred", .info)
    }

    /// `reason` may hold words of a peer.
    func logSnapshotEnds(_ meter: SnapshotMeter?, _ reason: String, level: Logger.Level) {
        log(meter, "the transfer of a snapshot has ended", level, ["reason": "\(reason.sentenceForLog)"])
    }

    /// A receiver tries again; one line per peer and interval.
    func logSnapshotPause(_ meter: SnapshotMeter?, _ peer: NodeID, _ reason: String) {
        guard let suppressed = throttle.admit("snapshot/\(peer.name)", now: loop.now) else { return }
        var more: Logger.Metadata = ["reason": "\(reason.sentenceForLog)"]
        if suppressed > 0 { more["suppressed"] = "\(suppressed)" }
        log(meter, "the transfer of a snapshot is interrupted, will try again", .info, more)
    }

    private func log(
        _ meter: SnapshotMeter?, _ message: Logger.Message, _ level: Logger.Level, _ more: Logger.Metadata = [:]
    ) {
        guard let progress = meter?.progress(now: loop.now) else { return }
        var metadata: Logger.Metadata = [
            "peer": "\(progress.peer.name.escapedForLog)", "last included": "\(progress.lastIncluded)",
            "direction": "\(progress.direction)", "bytes": "\(progress.bytes)",
            "bytes per second": "\(progress.bytesPerSecond)",
        ]
        metadata.merge(more) { $1 }
        logger.log(level: level, message, metadata: metadata)
    }
}
