internal import HotPath
internal import RaftCore

/// After a turn, the entries that a node keeps in memory for its followers and has applied itself take no more than
/// they may (`ReplicaSettings.entryRingBytesMax`), however slow a follower is.
enum RingLimit {
    static func breach(by process: SimulatedProcess, settings: ReplicaSettings) -> String? {
        // What nobody has committed stays until the core knows that a snapshot has taken its place.
        if process.isLogReplaced { return nil }
        let bytes = process.replica.entryRingBytes
        guard bytes > settings.entryRingBytesMax else { return nil }
        let applied = Int(process.stateMachine.appliedIndex.rawValue)
        let needed = process.shadow.entries.dropFirst(applied).reduce(0) { $0 + $1.encodedBytes }
        guard bytes > settings.entryRingBytesMax + needed else { return nil }
        return "\(process.node.id) keeps \(bytes) bytes of entries, and needs \(needed) of them"
    }
}
