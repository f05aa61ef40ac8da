// How a leader's log grows, and how any server's log becomes durable.
extension Raft {
    /// Appends commands; ignored if this server may not propose.
    mutating func propose(_ sizes: [UInt32], into effects: inout Effects) {
        guard canPropose, !sizes.isEmpty else { return }
        precondition(effects.appended == nil, "the entries of the last step have not been taken over")
        let first = log.last.index.next
        log.append(term: currentTerm, sizes: sizes[...])
        effects.appended = LogRange(first, log.last.index.next)
        var bytes = 0
        for size in sizes { bytes += Int(size) }
        leadership?.uncommittedBytes += bytes
    }

    /// Appends an entry of the leader's own making.
    mutating func appendGenerated(_ content: GeneratedEntry.Content, into effects: inout Effects) {
        precondition(effects.appended == nil, "the entries of the last step have not been taken over")
        let entryID = LogID(index: log.last.index.next, term: currentTerm)
        let size = content.estimatedBytes
        log.append(term: currentTerm, size: size)
        leadership?.uncommittedBytes += Int(size)
        effects.generated.append(GeneratedEntry(id: entryID, content: content))
        effects.appended = LogRange(entryID.index, entryID.index.next)
    }

    /// A log job is durable. Its entries count only if the log has not been truncated since it was submitted: after a
    /// truncation the same index may hold another entry, and even the same entry may be waiting to be written a second
    /// time. A later job vouches for whatever an outdated notice would have.
    mutating func flushed(_ notice: FlushNotice, into effects: inout Effects) {
        if isLogStalled {
            isLogStalled = false
            // Whoever was put off by its own disk lets the others go first.
            electionTimer.restart(at: clock)
        }
        if notice.hardState.currentTerm >= durableHardState.currentTerm { durableHardState = notice.hardState }
        let isCurrent =
            notice.epoch == logEpoch && log.contains(notice.lastLogID)
            || settings.has(.trustsOldFlush) && notice.lastLogID.index <= log.last.index
        if isCurrent, notice.lastLogID.index > flushedIndex {
            flushedIndex = notice.lastLogID.index
        }
        switch role {
        case .leader:
            advanceCommitIndex(into: &effects)
        case .candidate:
            if durableHardState == hardState { ownVoteFlushed(into: &effects) }
        case .follower:
            acknowledgeFlush()
        case .preCandidate:
            break
        }
    }
}

extension Raft {
    /// A leader whose disk hangs cannot apply what it commits, so no write is answered, while its heartbeats keep the
    /// others from electing one that could. It gives leadership up, and does not campaign before the disk answers. It
    /// cannot vote meanwhile either, because a vote leaves only when it is durable.
    mutating func logStalled(into effects: inout Effects) {
        isLogStalled = true
        stepDownIfStalled(into: &effects)
    }

    /// A leader that nobody could replace keeps waiting for its disk, and looks again with each heartbeat: the next one
    /// would wait as well, and the outcome of what is proposed would be unknown for nothing. So it is for the only
    /// voter, one of two, and when the disks of all stand still at the same time.
    mutating func stepDownIfStalled(into effects: inout Effects) {
        guard isLogStalled else { return }
        let couldBeReplaced = leadership?.couldBeReplaced(
            flushed: flushedIndex, last: log.last.index, within: settings.electionTimeoutNanosecondsMin, now: clock)
        guard couldBeReplaced == true else { return }
        becomeFollower(term: currentTerm, leader: nil, into: &effects)
    }
}

extension GeneratedEntry.Content {
    /// About what the entry occupies when encoded, in bytes; used only to limit the size of messages.
    var estimatedBytes: UInt32 {
        switch self {
        case .noop:
            return 32
        case .configuration(let configuration):
            var bytes = 64
            for member in configuration.members {
                bytes += 16 + member.id.name.utf8.count + member.raftAddress.utf8.count
                bytes += member.httpAddress.utf8.count
                for alias in member.aliases { bytes += 4 + alias.utf8.count }
            }
            return UInt32(clamping: bytes)
        }
    }
}
