internal import RaftCore

/// Snapshots in place of log entries (§7): the core decides who needs one and whether one may replace the log; their
/// bytes travel next to it.
extension Replica {
    /// Takes in the news of snapshots since the last turn. They come before the durability notices of the turn: one
    /// that belongs to a log that is replaced vouches for nothing.
    func takeInSnapshotNews(now: Instant) {
        for news in inbox.snapshotNews {
            switch news {
            case .ready(let id, let lastIncluded): announce(id, lastIncluded, now: now)
            case .sending(let id, let bytes): catchUp.offers.sending(id, bytes: bytes, now: now)
            case .sent(let id): catchUp.offers.sent(id, now: now)
            case .unavailable(let id):
                if let offer = catchUp.offers.end(id) { giveUp(offer, now: now) }
                if catchUp.fetch?.id == id { endFetch(succeeded: false, now: now) }
            case .fetched(let id, let snapshot): didFetch(id, snapshot)
            case .installed(let id): didInstall(id, now: now)
            }
        }
    }

    // MARK: To members

    /// The core found that a member needs entries that have left the log. Its link may have been broken meanwhile: then
    /// it hears of the same snapshot again.
    func offerSnapshot(to member: NodeID, now: Instant) {
        if let offer = catchUp.offers.offer(to: member) {
            // Later, and not while effects are carried out.
            if let last = offer.lastIncluded { ports.mailbox.post(.ready(id: offer.id, lastIncluded: last)) }
            return
        }
        // The core waits for its offer until the pause is over.
        if catchUp.offers.isPaused(member) { return }
        let id = ids.makeID()
        catchUp.offers.begin(id, for: member, now: now)
        // The member gets one from the next leader.
        if standing.isOdd { return ports.mailbox.post(.unavailable(id: id)) }
        ports.snapshots.prepare(for: member, id: id, oldest: oldestSnapshotToShare)
    }

    /// A snapshot that ends before this entry is of no use to one more member: it begins with too much of a backlog, or
    /// the log does not have what follows.
    private var oldestSnapshotToShare: LogIndex {
        guard let compaction else { return raft.compactedLogID.index }
        let unapplied = compaction.retention.bytesAfter(raft.appliedIndex)
        let recent = compaction.retention.lastIndex(leaving: unapplied + backlogBytesMax(compaction) / 4)
        return max(raft.compactedLogID.index, compaction.cut.index, min(recent, raft.appliedIndex))
    }

    private func backlogBytesMax(_ compaction: LogCompaction) -> Int {
        compaction.retention.backlogBytesMax(dataBytes: ports.maintainer?.dataBytes ?? 0)
    }

    /// A member could not take in its snapshot. The next one is another, and begins with less of a backlog.
    func takeSnapshotAnswer(_ response: InstallSnapshotResponse, _ message: Message, now: Instant) {
        guard !response.installed, raft.role == .leader, message.term == raft.currentTerm,
            let offer = catchUp.offers.offer(to: message.from), offer.lastIncluded == response.lastIncluded,
            let ended = catchUp.offers.end(offer.id)
        else { return }
        giveUp(ended, now: now)
    }

    /// This node has learned that its data are wrong: nobody else is to have them.
    func withdrawSnapshots(now: Instant) {
        for offer in catchUp.offers.takeAll() { giveUp(offer, now: now) }
    }

    private func announce(_ id: UInt64, _ lastIncluded: LogID, now: Instant) {
        guard raft.role == .leader, let member = catchUp.offers.ready(id, lastIncluded, now: now) else {
            return ports.snapshots.release(id: id)
        }
        // The log holds what follows, unless it was cut before anybody asked for the snapshot.
        guard raft.term(at: lastIncluded.index) == lastIncluded.term,
            let configuration = raft.configuration(at: lastIncluded.index)
        else {
            if let offer = catchUp.offers.end(id) { giveUp(offer, now: now) }
            return
        }
        let request = InstallSnapshotRequest(
            lastIncluded: lastIncluded,
            configuration: settings.has(.announcesLatestConfiguration) ? raft.configuration : configuration)
        catchUp.offers.didAnnounce(id, now: now)
        send(Message(from: raft.id, to: member, term: raft.currentTerm, body: .installSnapshotRequest(request)))
    }

    /// The offer has come to nothing.
    private func giveUp(_ offer: SnapshotOffers.Offer, now: Instant) {
        ports.snapshots.release(id: offer.id)
        catchUp.offers.pause(offer.member, settings, now: now)
        forgetAnnouncement(to: offer.member, now: now)
    }

    /// The core finds out again what the member needs.
    private func forgetAnnouncement(to member: NodeID, now: Instant) {
        step(.snapshotSent(to: member, lastIncluded: .zero, succeeded: false), now: now)
    }

    /// A link has closed or opened: what was announced on the former one, or answered, may be lost.
    func endSnapshotAnnouncement(to member: NodeID, now: Instant) {
        if catchUp.offers.offer(to: member) != nil { forgetAnnouncement(to: member, now: now) }
    }

    /// Lets go of what is needed no more. Once per turn.
    func trimSnapshotOffers(now: Instant) {
        if catchUp.offers.isEmpty { return }
        let settled = catchUp.offers.takeSettled(raft.followerProgress, compacted: raft.compactedLogID.index)
        for offer in settled { ports.snapshots.release(id: offer.id) }
        // A member that has heard of it before takes it for the same one. Whoever has stepped down in this turn says
        // nothing: it would claim to lead the next term.
        for offer in catchUp.offers.unanswered(settings.snapshotAnnouncementNanoseconds, now: now) {
            if let last = offer.lastIncluded { announce(offer.id, last, now: now) }
        }
        catchUp.offers.forgetTransfers(raft.followerProgress) { isFarBack($0, bytesMax: 0) }
        let overdue = catchUp.offers.takeOverdue(settings, now: now, isTooFarBack: isFarBack)
        for offer in overdue { giveUp(offer, now: now) }
        let waiting = catchUp.offers.endPauses(now: now)
        for member in waiting { forgetAnnouncement(to: member, now: now) }
        if !overdue.isEmpty || !waiting.isEmpty { ports.mailbox.requestTurn() }
    }

    /// Whether more is kept for somebody who has the entries through `index` than for any member, and than these bytes.
    private func isFarBack(_ index: LogIndex, bytesMax: Int) -> Bool {
        guard let compaction else { return false }
        return compaction.retention.bytesKept(after: index, applied: raft.appliedIndex)
            > max(backlogBytesMax(compaction), bytesMax)
    }

    // MARK: From the leader

    /// The core wants this snapshot in place of the log.
    func fetchSnapshot(_ request: InstallSnapshotRequest, now: Instant) {
        precondition(catchUp.fetch == nil, "a second snapshot is asked for while one is under way")
        let fetch = SnapshotFetch(request, from: raft.leaderID, id: ids.makeID())
        catchUp.fetch = fetch
        // A message of the same turn may have ended the leader's term.
        guard let leader = fetch.leader, !isCondemned(leader) else {
            return ports.mailbox.post(.unavailable(id: fetch.id))
        }
        ports.snapshots.fetch(request.lastIncluded, from: leader, id: fetch.id)
    }

    private func didFetch(_ id: UInt64, _ snapshot: any FetchedSnapshot) {
        guard catchUp.fetch?.id == id, catchUp.fetch?.didFetch(snapshot) == true else {
            return ports.snapshots.cancelFetch(id: id)
        }
    }

    /// The snapshot of a leader that another one has replaced is given up: the new one may have the entries. So is that
    /// of a leader which is known to have wrong data. Unless it is being installed.
    func giveUpFetchedSnapshot(now: Instant) {
        guard let fetch = catchUp.fetch, !fetch.isInstalling, let leader = raft.leaderID,
            leader != fetch.leader || isCondemned(leader)
        else { return }
        ports.snapshots.cancelFetch(id: fetch.id)
        endFetch(succeeded: false, now: now)
    }

    /// Hands a snapshot that is whole to the log thread, once nothing of the old log is left to be applied: the core
    /// commits nothing more of that. To be called after the log job of the turn, because it vouches for the hard state
    /// (rule R2).
    func installFetchedSnapshot(now: Instant) {
        guard let fetch = catchUp.fetch, !fetch.isInstalling, raft.leaderID.map({ $0 == fetch.leader }) ?? true else {
            return
        }
        // The state machine has the index of an entry before the apply thread is done with it. The commit index counts
        // entries which wait to be durable before they may be applied.
        let finished = settings.has(.installsWhileApplying) ? .limit : unapplied.finished
        guard finished >= max(unapplied.submitted, raft.commitIndex),
            let snapshot = catchUp.fetch?.takeWhole()
        else { return }
        // One that waits for its job would come after the installation.
        if let end = compaction?.abandon() { end() }
        let notice = FlushNotice(epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState)
        let installation = SnapshotInstallation(
            id: fetch.id, snapshot: snapshot, lastIncluded: fetch.request.lastIncluded,
            configuration: fetch.request.configuration)
        ports.logWriter.submit(logJobs.makeJob(installing: installation, notice: notice, now: now))
    }

    /// Whether a verdict says that the data of this member are wrong.
    private func isCondemned(_ member: NodeID) -> Bool {
        let instance = raft.configuration[member]?.instance
        return standing.alarms.contains { $0.condemns(member, instance, in: raft.configuration) }
    }

    private func didInstall(_ id: UInt64, now: Instant) {
        guard let fetch = catchUp.fetch, fetch.id == id, fetch.isInstalling else {
            preconditionFailure("a snapshot was installed that nobody handed to the log thread")
        }
        precondition(!logJobs.hasLogChange, "the log was changed while a snapshot replaced it")
        let last = fetch.request.lastIncluded.index
        ring = EntryRing(after: last)
        if !settings.has(.appliesBelowSnapshot) { unapplied = UnappliedRanges(applied: last) }
        catchUp.reads.removeAll()
        inbox.verdicts = ports.stateMachine.verdicts
        restartCompaction(after: fetch.request.lastIncluded, compacted: fetch.request.lastIncluded, now: now)
        ports.board.publish(
            appliedIndex: ports.stateMachine.appliedIndex, revision: ports.stateMachine.revision)
        endFetch(succeeded: true, now: now)
    }

    private func endFetch(succeeded: Bool, now: Instant) {
        guard let fetch = catchUp.fetch else { return }
        catchUp.fetch = nil
        step(
            .snapshotInstalled(
                lastIncluded: fetch.request.lastIncluded, configuration: fetch.request.configuration,
                succeeded: succeeded), now: now)
    }

    /// The log that the snapshots were meant for is given up.
    func forgetSnapshots() {
        for offer in catchUp.offers.takeAll() { ports.snapshots.release(id: offer.id) }
        if let fetch = catchUp.fetch { ports.snapshots.cancelFetch(id: fetch.id) }
        catchUp.fetch = nil
    }
}
