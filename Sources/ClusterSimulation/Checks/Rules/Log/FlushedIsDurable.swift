internal import HotPath
internal import RaftCore

/// What a core takes for durable is on the disk, whatever reports of earlier writes are still on their way: the index
/// that it counts with is "known to be replicated" here (paper, figure 2).
enum FlushedIsDurable {
    static func breach(by process: any WatchedProcess) -> String? {
        // It counts with nothing meanwhile.
        if process.isLogReplaced { return nil }
        let flushed = process.flushedIndex
        guard process.durableTerm(at: flushed) != process.shadow.term(at: flushed) else { return nil }
        return "\(process.id) takes entry \(flushed) for durable, and its disk does not have it"
    }
}
