/// The ports of a replica, gathered: all that it needs from time, disk, network and state machine, and its doors for
/// other threads. Each port is called once per batch, never once per entry. Storage, PeerTransport and NodeControl
/// bring the adapters of a real node; the simulator brings its own.
package struct ReplicaPorts {
    let logWriter: any LogWriter
    let logReader: any LogReader
    let applier: any Applier
    let links: any PeerLinks
    let snapshots: any SnapshotExchange
    let timekeeper: any Timekeeper
    /// In the order of `RequestTag.sink`.
    let sinks: [any CompletionSink]
    let mailbox: Mailbox
    let admission: Admission
    let board: StatusBoard
    /// Only its published index and its verdicts are read.
    let stateMachine: any StateMachine
    let appliedInterest: AppliedInterest
    /// Nil for a replica whose log keeps its beginning.
    let maintainer: (any LogMaintainer)?
    /// Nil: this node makes no comparisons and answers none.
    let comparer: (any StateComparer)?

    package init(
        logWriter: any LogWriter, logReader: any LogReader, applier: any Applier, links: any PeerLinks,
        snapshots: any SnapshotExchange, timekeeper: any Timekeeper, sinks: [any CompletionSink], mailbox: Mailbox,
        admission: Admission, board: StatusBoard, stateMachine: any StateMachine, appliedInterest: AppliedInterest,
        maintainer: (any LogMaintainer)? = nil, comparer: (any StateComparer)? = nil
    ) {
        self.logWriter = logWriter
        self.logReader = logReader
        self.applier = applier
        self.links = links
        self.snapshots = snapshots
        self.timekeeper = timekeeper
        self.sinks = sinks
        self.mailbox = mailbox
        self.admission = admission
        self.board = board
        self.stateMachine = stateMachine
        self.appliedInterest = appliedInterest
        self.maintainer = maintainer
        self.comparer = comparer
    }
}
