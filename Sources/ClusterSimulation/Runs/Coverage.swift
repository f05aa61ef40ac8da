/// How often a run reached what it is there for.
package struct Coverage: Sendable {
    package enum Point: Int, CaseIterable, Sendable {
        case fault, crash, crashOfLeader, crashAmongEffects, terminated, closedInOrder, olderDisk, stalledDisk
        case powerLoss, powerLossInCall, tornWrite, unsyncedLost, unsyncedKept, startRefused
        case crashBeforeSync, crashBeforeNotice, flushCutOff
        case failedSync, fullDisk, failedRead, unreadableData
        case damageFound, damageLost
        case tableEntered, recordFromDisk, applyWithoutRoom
        case logCut, crashInCycle, chunkRefused, snapshotResumed
        case compaction, entryDropped, snapshotSent, snapshotLost, snapshotInstalled
        case installationFailed, installationCutOff, crashAfterCompaction, crashAfterInstallation
        case brokenLink, linkReplaced, linkOfMemberClosed, messageCut, duplicate, replayedAcrossSessions
        case election, commit, changeOfMembers, removalOfLeader, leaderRemoved
        case longTruncation, indirectCommit, voteRefusedByLog, transferToLagging, answerAfterReconnect
        case staleFlushNotice, readOvertaken, lossFound, lossDuringRepair, leaderLostDuringRepair
        case lossBeyondPromise, stalledLeaderLeft, readOfOldEntries, fromDisk, staleRead, readLost
        case forwarded, forwardLost
        case forwardAnsweredInParts, groupAcknowledged, entrySentAgain
        case levelRaised, unknownEntryMet, unknownEntryTaken, startRefusedByLevel
        case statesCompared, comparisonDigest, comparisonAgreed, comparisonBusy, oddNode, wrongDataSpread
        case brokenAtConnect, brokenAtPreamble, brokenAtHello, brokenAtWelcome, brokenAtRequestSent
        case brokenAtRequestRead, brokenAtHistoryDropped, brokenAtAnswerWritten, brokenAtAnswerRead
        case requestDone, requestFailed, wipedDisk, astrayWrite, fencedNode
    }

    private var counts: [Int] = Array(repeating: 0, count: Point.allCases.count)

    mutating func count(_ point: Point, times: Int = 1) { counts[point.rawValue] += times }

    package subscript(point: Point) -> Int { counts[point.rawValue] }

    package mutating func add(_ other: Coverage) {
        for place in counts.indices { counts[place] += other.counts[place] }
    }
}

extension Coverage.Point {
    /// The point that a scenario names.
    init?(name: String) {
        guard let point = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = point
    }

    package var words: String {
        switch self {
        case .fault: "faults that met somebody"
        case .crash: "ends of processes"
        case .crashOfLeader: "ends of leaders"
        case .crashAmongEffects: "crashes among the effects of a turn"
        case .terminated: "processes asked to stop"
        case .closedInOrder: "stores closed in order"
        case .powerLoss: "losses of power of a node"
        case .powerLossInCall: "losses of power in the midst of a call of the store"
        case .tornWrite: "writes torn by a loss of power"
        case .unsyncedLost: "unsynced batches lost"
        case .unsyncedKept: "unsynced batches kept"
        case .startRefused: "starts that the disk refused"
        case .crashBeforeSync: "crashes between write and sync"
        case .crashBeforeNotice: "crashes between sync and notice"
        case .flushCutOff: "flushes cut off by a crash"
        case .failedSync: "processes ended by a failed sync"
        case .fullDisk: "processes ended by a full disk"
        case .failedRead: "failed reads"
        case .damageFound: "nodes out of service because their disk is damaged"
        case .damageLost: "starts on a damaged disk that holds less than before"
        case .tableEntered: "tables that entered databases"
        case .recordFromDisk: "records read outside an event loop"
        case .applyWithoutRoom: "applies that waited for a table to be written"
        case .olderDisk: "older copies of disks"
        case .stalledDisk: "hanging disks noticed"
        case .compaction: "compactions of a log"
        case .entryDropped: "entries dropped by compactions"
        case .snapshotSent: "snapshots sent"
        case .snapshotLost: "snapshots lost on their way"
        case .unreadableData: "nodes that cannot read their data"
        case .snapshotInstalled: "snapshots installed"
        case .installationFailed: "snapshots that failed to be installed"
        case .installationCutOff: "installations cut off by a crash"
        case .crashAfterCompaction: "crashes between a compaction and its report"
        case .crashAfterInstallation: "crashes between an installation and its report"
        case .brokenLink: "links broken"
        case .linkReplaced: "links replaced by newer ones"
        case .linkOfMemberClosed: "links closed because a member had left"
        case .messageCut: "messages cut off"
        case .duplicate: "duplicates"
        case .replayedAcrossSessions: "replays across sessions"
        case .election: "elections"
        case .commit: "commits"
        case .changeOfMembers: "changes of members"
        case .removalOfLeader: "removals of a leader asked for"
        case .leaderRemoved: "leaders removed"
        case .longTruncation: "truncations of two entries or more"
        case .indirectCommit: "commits of older terms through a newer one"
        case .voteRefusedByLog: "votes refused by log"
        case .transferToLagging: "transfers to a lagging follower"
        case .answerAfterReconnect: "forwarded bursts answered after a reconnect"
        case .staleFlushNotice: "stale flush notices"
        case .readOvertaken: "read rounds overtaken by an election"
        case .lossFound: "losses of acknowledged entries found"
        case .lossDuringRepair: "losses found while another one was under repair"
        case .leaderLostDuringRepair: "leaders that ended while they repaired a loss"
        case .lossBeyondPromise: "losses that no leader was left to find"
        case .stalledLeaderLeft: "leaders that stepped down because their disk hung"
        case .forwarded: "forwarded bursts"
        case .forwardLost: "forwarded bursts, or answers to them, lost on a link that stays"
        case .forwardAnsweredInParts: "answers to a later part of a forwarded burst"
        case .groupAcknowledged: "groups acknowledged"
        case .entrySentAgain: "entries sent to a follower once more in a term"
        default: wordsOfCompaction
        }
    }

    private var wordsOfCompaction: String {
        switch self {
        case .logCut: "logs of nodes cut off at their beginning"
        case .crashInCycle: "crashes in the midst of such a cycle"
        case .chunkRefused: "chunks of snapshots refused"
        case .snapshotResumed: "transfers of snapshots continued"
        default: wordsOfReleases
        }
    }

    private var wordsOfReleases: String {
        switch self {
        case .levelRaised: "feature levels raised"
        case .unknownEntryMet: "entries that a node was sent and did not know"
        case .unknownEntryTaken: "such entries taken later"
        case .startRefusedByLevel: "starts refused because of entries of a later release"
        case .comparisonDigest: "digests made for comparisons"
        case .comparisonAgreed: "comparisons in which all data agreed"
        case .comparisonBusy: "comparisons that met a node that still made another digest"
        case .oddNode: "nodes that learned that their data are wrong"
        case .wrongDataSpread: "snapshots that took wrong data to another node"
        case .statesCompared: "states compared with another node's at the same entry"
        default: wordsOfLogReads
        }
    }

    private var wordsOfLogReads: String {
        switch self {
        case .readOfOldEntries: "old entries read for a follower"
        case .fromDisk: "requests with entries from disk"
        case .staleRead: "entries from disk that nobody wanted any more"
        case .readLost: "reads of the log that never came back"
        default: wordsOfControlPlane
        }
    }

    private var wordsOfControlPlane: String {
        switch self {
        case .brokenAtConnect: "adoptions broken off when connected"
        case .brokenAtPreamble: "adoptions broken off at the preamble"
        case .brokenAtHello: "adoptions broken off at the hello"
        case .brokenAtWelcome: "adoptions broken off at the welcome"
        case .brokenAtRequestSent: "adoptions broken off when asked for"
        case .brokenAtRequestRead: "adoptions broken off when the request was read"
        case .brokenAtHistoryDropped: "adoptions broken off when the history was dropped"
        case .brokenAtAnswerWritten: "adoptions broken off when answered"
        case .brokenAtAnswerRead: "adoptions broken off when the answer was read"
        case .requestDone: "joins and removals carried out"
        case .requestFailed: "joins and removals that failed"
        case .wipedDisk: "disks wiped"
        case .astrayWrite: "writes acknowledged by nodes outside the cluster"
        case .fencedNode: "nodes that serve nothing, because another cluster takes them for its members"
        default: preconditionFailure("\(self) has no words")
        }
    }
}
