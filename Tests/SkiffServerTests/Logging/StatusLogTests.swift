import HotPath
import Testing

@testable import RaftCore
@testable import SkiffServer

@Suite("What changes in a cluster, for the log")
struct StatusLogTests {
    private func status(
        lastIndex: UInt64 = 0, commit: UInt64 = 0, _ progress: [FollowerProgress] = []
    ) -> NodeStatus {
        var status = NodeStatus(nodeID: "a", clusterID: "", role: .leader, term: Term(3))
        status.lastLogID = LogID(index: LogIndex(lastIndex), term: Term(3))
        status.commitIndex = LogIndex(commit)
        status.progress = progress
        return status
    }

    private func follower(match: UInt64, _ state: Progress.State = .replicate) -> FollowerProgress {
        FollowerProgress(
            id: "b", state: state, matchIndex: LogIndex(match), nextIndex: LogIndex(match + 1), isRecentlyActive: true,
            heardAt: Instant(nanoseconds: 0))
    }

    @Test("While nothing changes there is no line")
    func quiet() {
        let status = status(lastIndex: 500, commit: 500, [follower(match: 400)])

        #expect(StatusLog.changes(from: status, to: status) == [])
    }

    @Test("New members are named with their roles")
    func members() {
        var later = status()
        later.configuration = Configuration(members: [
            Member(id: "a", role: .voter, raftAddress: ""), Member(id: "b", role: .learner, raftAddress: ""),
        ])
        later.configurationIndex = LogIndex(7)

        #expect(
            StatusLog.changes(from: status(), to: later) == [
                .init(message: "the members have changed", metadata: ["members": "a(voter),b(learner)", "index": "7"])
            ])
    }

    @Test("A follower that is far behind is followed until it has caught up")
    func catchUp() {
        let behind = status(lastIndex: 5_000, [follower(match: 1_000)])
        let there = status(lastIndex: 5_000, [follower(match: 5_000)])
        let line = { (behind: String) in
            StatusLog.Line(message: "a follower catches up", metadata: ["follower": "b", "behind": behind])
        }

        #expect(StatusLog.changes(from: behind, to: behind) == [line("4000")])
        #expect(StatusLog.changes(from: behind, to: there) == [line("0")])
        #expect(StatusLog.changes(from: there, to: there) == [])
    }

    @Test("A node that applies what is committed says how far it is")
    func ownCatchUp() {
        let lines = StatusLog.changes(from: status(commit: 9_000), to: status(commit: 9_000))

        #expect(lines == [.init(message: "applies what is committed", metadata: ["behind": "9000"])])
    }

    @Test("A follower that needs probing again is a change")
    func state() {
        let lines = StatusLog.changes(from: status([follower(match: 1)]), to: status([follower(match: 1, .probe)]))

        #expect(lines.map(\.message) == ["the progress of a follower has changed"])
        #expect(lines[0].metadata == ["follower": "b", "state": "probe", "match": "1"])
    }

    private func status(_ progress: [FollowerProgress]) -> NodeStatus { status(lastIndex: 1, progress) }

    @Test("An election changes role and term, which trace shows each second")
    func progress() {
        #expect(StatusLog.progress(of: status(lastIndex: 4, commit: 3)).metadata["commit"] == "3")
        #expect(StatusLog.progress(of: status()).metadata["role"] == "leader")
    }
}
