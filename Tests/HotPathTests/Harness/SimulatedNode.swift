import HotPath
import RaftCore

/// One node: a real `Replica` on simulated ports.
final class SimulatedNode {
    let id: NodeID
    let log = SimulatedLog()
    let stateMachine = SimulatedStateMachine()
    var sink = SimulatedSink()
    var running: Running?
    /// The last entry that the state machine had applied before any crash.
    var appliedBeforeCrash = LogIndex.zero

    /// Everything that a crash takes away.
    final class Running {
        let replica: Replica
        let applier: SimulatedApplier
        let clock: SimulatedClock
        let gateway: SubmissionGateway
        var worker: ApplyWorker
        var isTurnDue: Bool {
            get { turnFlag.isDue }
            set { turnFlag.isDue = newValue }
        }
        private let turnFlag: TurnFlag
        let mailbox: Mailbox
        let admission: Admission
        let board: StatusBoard

        final class TurnFlag: @unchecked Sendable { var isDue = false }

        init(node: SimulatedNode, cluster: SimulatedCluster, seed: UInt64) throws {
            let flag = TurnFlag()
            turnFlag = flag
            mailbox = Mailbox { flag.isDue = true }
            let admission = Admission()
            self.admission = admission
            let interest = AppliedInterest()
            let board = StatusBoard(NodeStatus(nodeID: node.id, clusterID: "test"))
            self.board = board
            applier = SimulatedApplier()
            clock = SimulatedClock(time: cluster.time)
            let recovered = try node.log.recover(applied: node.stateMachine.appliedIndex)
            let raft = Raft(
                id: node.id, settings: RaftSettings(), recovered: recovered, seed: seed, now: cluster.time.now)
            let links = SimulatedLinks(from: node.id, cluster: cluster)
            replica = Replica(
                raft: raft,
                ports: ReplicaPorts(
                    logWriter: node.log, logReader: node.log, applier: applier, links: links, timekeeper: clock,
                    sinks: [node.sink], mailbox: mailbox, admission: admission, board: board,
                    stateMachine: node.stateMachine, appliedInterest: interest),
                settings: cluster.replicaSettings, firstID: seed)
            worker = ApplyWorker(
                stateMachine: node.stateMachine, log: node.log, sinks: [node.sink], mailbox: mailbox,
                admission: admission, board: board, appliedInterest: interest)
            gateway = SubmissionGateway(sink: 0, admission: admission, mailbox: mailbox)
            replica.start()
        }
    }

    init(id: NodeID) { self.id = id }
}
