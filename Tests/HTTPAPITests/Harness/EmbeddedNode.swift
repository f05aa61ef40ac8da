@testable import Accepting
import HotPath
import NIOCore
import NIOEmbedded
import RaftCore

@testable import HTTPAPI

/// One node's HTTP side on an embedded event loop: time stands still unless the test moves it.
final class EmbeddedNode {
    let eventLoop: EmbeddedEventLoop
    let replica = FakeReplica()
    let store = FakeStore()
    let disk = FakeDisk()
    let control = FakeControl()
    let digests = FakeDigests()
    let board: StatusBoard
    /// Of the server. A connection of a test takes no place here.
    let connections = OpenConnections(limit: 5, reserve: 2)
    let table: ConnectionTable
    let sink: LoopCompletionSink

    init(_ change: (inout HTTPServerSettings) -> Void = { _ in }) {
        eventLoop = EmbeddedEventLoop()
        var settings = HTTPServerSettings()
        change(&settings)
        board = StatusBoard(Self.status)
        let services = LoopServices(
            eventLoop: eventLoop, gateway: replica, reader: store.makeLoopReader(), board: board, control: control,
            digests: digests, settings: settings)
        table = ConnectionTable(services: services, recordReads: disk, connections: connections)
        sink = LoopCompletionSink(NIOLoopBoundBox(table, eventLoop: eventLoop), on: eventLoop)
        table.start()
    }

    static var status: NodeStatus {
        var status = NodeStatus(nodeID: "node1", clusterID: "c1", role: .leader, term: Term(2))
        status.leaderID = "node1"
        status.isCaughtUp = true
        status.reachableVoters = 1
        status.lastLeaderContactNanoseconds = 0
        status.configuration = Configuration(members: [
            Member(id: "node1", role: .voter, raftAddress: ":1111", httpAddress: "127.0.0.1:2221")
        ])
        return status
    }

    var services: LoopServices { table.services }

    /// A new connection to this node.
    func connect(isBeyondLimit: Bool = false) throws -> Connection {
        try Connection(to: self, isBeyondLimit: isBeyondLimit)
    }

    /// Applies every command and completes every read of each burst at once.
    func answersAtOnce() {
        replica.onBurst = { [store, sink] burst in
            sink.post(burst.map { Completion(tag: $0.tag, outcome: store.apply($0)) })
        }
    }

    /// Carries out the submissions at `places`, in this order.
    func complete(_ places: some Sequence<Int>) {
        sink.post(
            places.map { place in
                let submission = replica.submissions[place]
                return Completion(tag: submission.tag, outcome: store.apply(submission))
            })
    }

    /// The disk answers all that was asked of it.
    func completeRecordReads() {
        disk.complete(from: store)
        eventLoop.run()
    }

    func advance(_ time: TimeAmount) {
        var rest = time.nanoseconds
        while rest > 0 {
            let step = min(rest, HTTPLimits.sweepIntervalMilliseconds * 1_000_000)
            eventLoop.advanceTime(by: .nanoseconds(step))
            table.sweep()
            rest -= step
        }
    }
}
