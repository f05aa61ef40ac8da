internal import NIOCore
internal import RaftCore

/// The log change of a step on its way into the ring and the log job, and out of the ring again.
extension Replica {
    /// `entries` are those of the message or proposal that was just stepped.
    func takeOverLogChange(entries: [Entry]) {
        if let index = effects.truncateFrom {
            ring.truncate(from: index)
            logJobs.truncate(from: index)
            compaction?.truncate(from: index)
        }
        if let range = effects.appended {
            var index = range.lower
            while index < range.upper {
                let entry = payload(at: index, among: entries)
                ring.append(entry)
                logJobs.append(entry)
                compaction?.append(entry)
                index = index.next
            }
        }
        effects.removeStepChanges()
    }

    private func payload(at index: LogIndex, among entries: [Entry]) -> Entry {
        if let generated = effects.generated.first(where: { $0.id.index == index }) {
            switch generated.content {
            case .noop:
                return Entry(id: generated.id, kind: .noop, commandCount: 0, payload: ByteBuffer())
            case .configuration(let configuration):
                return Entry(id: generated.id, configuration)
            }
        }
        guard let first = entries.first, index >= first.id.index,
            index.rawValue - first.id.index.rawValue < UInt64(entries.count)
        else { preconditionFailure("the core appended index \(index), whose payload is not at hand") }
        return entries[Int(index.rawValue - first.id.index.rawValue)]
    }

    /// Applied entries leave the ring once every live follower has them, or once the ring is full: then the slowest
    /// followers are served from disk. The core asks for entries there from then on.
    func trimRing(now: Instant) {
        guard ring.bytes > settings.entryRingBytesKept else { return }
        // The state machine may be at the end of a snapshot already, beyond entries here that nobody has committed.
        let applied = min(ports.stateMachine.appliedIndex, unapplied.submitted)
        var slowest = applied
        for progress in raft.followerProgress where progress.isRecentlyActive {
            slowest = min(slowest, progress.matchIndex)
        }
        ring.evict(before: slowest.next, bytesKept: settings.entryRingBytesKept)
        ring.evict(before: applied.next, bytesKept: settings.entryRingBytesMax)
        if ring.firstIndex > raft.firstIndexInMemory { step(.evicted(before: ring.firstIndex), now: now) }
    }
}
