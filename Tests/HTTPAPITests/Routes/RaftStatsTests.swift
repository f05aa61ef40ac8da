import HotPath
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("GET /raft/stats")
struct RaftStatsTests {
    @Test("The eighteen names come in raft-sample's order, Skiff's own after them")
    func golden() {
        var status = NodeStatus(nodeID: "node1", clusterID: "0123", role: .leader, term: Term(2))
        status.leaderID = "node1"
        status.lastLogID = LogID(index: LogIndex(4), term: Term(2))
        status.commitIndex = LogIndex(4)
        status.appliedIndex = LogIndex(3)
        status.revision = 9
        status.configuration = Configuration(members: [
            Member(id: "node1", role: .voter, raftAddress: ":1111"),
            Member(id: "node_2", role: .voter, raftAddress: "127.0.0.1:1112"),
            Member(id: "node_3", role: .learner, raftAddress: "127.0.0.1:1113"),
        ])
        status.configurationIndex = LogIndex(3)
        status.compacted = LogID(index: LogIndex(2), term: Term(1))
        status.logTimes.note(write: 1_500_000, sync: 20_000_000)

        let expected =
            #"{"applied_index":"3","commit_index":"4","fsm_pending":"1","last_contact":"0","last_log_index":"4","#
            + #""last_log_term":"2","last_snapshot_index":"2","last_snapshot_term":"1","latest_configuration":"#
            + #""[{Suffrage:Voter ID:node1 Address::1111} {Suffrage:Voter ID:node_2 Address:127.0.0.1:1112} "#
            + #"{Suffrage:Nonvoter ID:node_3 Address:127.0.0.1:1113}]","latest_configuration_index":"3","#
            + #""num_peers":"1","protocol_version":"3","protocol_version_max":"3","protocol_version_min":"0","#
            + #""snapshot_version_max":"1","snapshot_version_min":"0","state":"Leader","term":"2","node_id":"node1","#
            + #""leader_id":"node1","leader_address":":1111","no_leader":"","cluster_id":"0123","#
            + #""revision":"9","feature_level":"1","unknown_entry":"","lost_data":"","data_differ":"","#
            + #""data_unreadable":"","last_compared_index":"","snapshot_transfers":"","longest_log_write":"1.5ms","#
            + #""longest_log_sync":"20ms"}"#
        #expect(RaftStats.json(status) == expected)
    }

    @Test("Members that lost what they had acknowledged are named, by the leader and by themselves")
    func lostData() {
        var status = NodeStatus(nodeID: "a", clusterID: "", role: .leader)
        status.progress = ["b", "c", "d"].map { id in
            FollowerProgress(
                id: id, state: .probe, matchIndex: LogIndex(1), nextIndex: LogIndex(2), isRecentlyActive: false,
                heardAt: Instant(nanoseconds: 0), lostThrough: id == "b" ? LogIndex(9) : nil, hasLostData: id != "c")
        }
        #expect(RaftStats.json(status).contains(#""lost_data":"b (repairing) d (repaired)","#))

        status.progress = []
        status.lostData = LostData(acknowledged: LogID(index: LogIndex(9), term: Term(2)), term: Term(3))
        #expect(RaftStats.json(status).contains(#""lost_data":"a (repaired)","#))
        status.missesData = true
        #expect(RaftStats.json(status).contains(#""lost_data":"a (repairing)","#))
    }

    @Test("Snapshots on their way are shown with the other end, what has moved, how fast and for how long")
    func snapshotTransfers() {
        var status = NodeStatus(nodeID: "a", clusterID: "", role: .leader)
        var sent = SnapshotProgress(
            direction: .sending, peer: "b", lastIncluded: LogID(index: LogIndex(70), term: Term(2)))
        sent.bytes = 5_000_000
        sent.chunks = 5
        sent.elapsedMilliseconds = 2_500
        var received = SnapshotProgress(direction: .receiving, peer: "c", lastIncluded: sent.lastIncluded)
        received.resumptions = 2
        status.snapshotTransfers = [sent, received]

        #expect(
            RaftStats.json(status).contains(
                #""snapshot_transfers":"to b (index 70, 5000000 bytes in 5 chunks, 2000000 bytes/s for 2.5s) "#
                    + #"from c (index 70, 0 bytes in 0 chunks, 0 bytes/s for 0s, resumed 2)""#))
    }

    @Test("An entry that this node does not know is named with the level that it needs")
    func unknownEntry() {
        var status = NodeStatus(nodeID: "a", clusterID: "", role: .follower)
        status.configuration = Configuration(featureLevel: 3)
        status.unknownEntry = UnknownEntry(index: LogIndex(12), featureLevel: 4)

        #expect(RaftStats.json(status).contains(#""feature_level":"3","unknown_entry":"12 (level 4)""#))
    }

    @Test("A node outside the configuration has no peers; contact is never or a duration")
    func follower() {
        var status = NodeStatus(nodeID: "n\"x", clusterID: "", role: .preCandidate)

        #expect(RaftStats.json(status).contains(#""last_contact":"never""#))
        #expect(RaftStats.json(status).contains(#""num_peers":"0""#))
        #expect(RaftStats.json(status).contains(#""state":"Candidate""#))
        #expect(RaftStats.json(status).contains(#""node_id":"n\"x""#))
        #expect(RaftStats.json(status).contains(#""no_leader":"not a member of a cluster yet""#))

        status.role = .follower
        status.lastLeaderContactNanoseconds = 39_620_153
        #expect(RaftStats.json(status).contains(#""last_contact":"39.620153ms""#))
        #expect(RaftStats.json(status).contains(#""state":"Follower""#))
    }

    @Test(
        "Durations read as Go prints them",
        arguments: [
            (0, "0s"), (1, "1ns"), (999, "999ns"), (1_000, "1µs"), (1_500, "1.5µs"), (1_000_000, "1ms"),
            (39_620_153, "39.620153ms"), (1_000_000_000, "1s"), (1_500_000_000, "1.5s"), (60_000_000_000, "1m0s"),
            (90_000_000_001, "1m30.000000001s"), (3_600_000_000_000, "1h0m0s"), (5_025_000_000_000, "1h23m45s"),
        ] as [(UInt64, String)])
    func durations(_ nanoseconds: UInt64, _ expected: String) {
        #expect(RaftStats.goDuration(nanoseconds) == expected)
    }
}
