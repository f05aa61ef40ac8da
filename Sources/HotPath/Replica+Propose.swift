internal import KeyValue
internal import NIOCore
internal import RaftCore

/// Commands on their way into the leader's log. Leader only.
extension Replica {
    func propose(_ burst: Burst, now: Instant) {
        guard !burst.tags.isEmpty else { return }
        guard allows(burst.commands) else { return failWrites(of: burst, .notSupported) }
        propose(burst.commands, tags: burst.tags, isAdmittedHere: true, now: now)
    }

    /// Packs commands into entries and appends them. `isAdmittedHere` if the commands hold room of this node's
    /// `Admission`, which is given back with the answers.
    func propose(_ commands: ByteBuffer, tags: [RequestTag], isAdmittedHere: Bool, now: Instant) {
        var commands = commands
        var entries: [Entry] = []
        var sizes: [UInt32] = []
        var nextTag = 0
        var index = raft.lastLogID.index.next
        while commands.readableBytes > 0 {
            var builder = EntryBuilder(
                payloadBytesExpected: min(commands.readableBytes, settings.entryPayloadBytesTarget),
                commandsMax: settings.commandsPerEntryMax, payloadBytesTarget: settings.entryPayloadBytesTarget)
            let count = builder.take(from: &commands)
            precondition(nextTag + count <= tags.count, "a burst holds more commands than tags")
            // Nearly every burst is one entry, whose tags need no copy.
            let entryTags = count == tags.count ? tags : Array(tags[nextTag..<(nextTag + count)])
            nextTag += count
            let operationCount = builder.operationCount
            let entry = builder.finish(id: LogID(index: index, term: raft.currentTerm))
            let waiters = ApplyJob.Waiters(
                index: index, tags: entryTags, admittedCommands: isAdmittedHere ? operationCount : 0,
                admittedBytes: isAdmittedHere ? entry.encodedBytes - Entry.headerBytes : 0)
            proposals.append(waiters, for: entry.id)
            entries.append(entry)
            sizes.append(UInt32(entry.encodedBytes))
            index = index.next
        }
        precondition(nextTag == tags.count, "a burst holds fewer commands than tags")
        step(.propose(sizes: sizes), now: now, entries: entries)
    }

    /// Whether the cluster's feature level allows all of the commands. Once it is the highest that any command needs,
    /// which it nearly always is, no command is looked at.
    func allows(_ commands: ByteBuffer) -> Bool {
        let allowed = raft.configuration.featureLevel
        if allowed >= CommandKind.featureLevelMax { return true }
        return commands.withUnsafeReadableBytes { CommandExtent.featureLevel(of: $0) } <= allowed
    }

    /// Entries that are not committed or not applied have reached their limit: nothing more is proposed.
    var isFull: Bool {
        raft.uncommittedBytes > ReplicaLimits.uncommittedBytesMax || isApplyTooFarBehind
    }
}
