internal import Glibc
internal import HTTPAPI
internal import HotPath
internal import Logging
internal import NIOPosix
internal import NodeControl
internal import Storage

/// The threads of a node that block in the disk.
final class NodeThreads: Sendable {
    private let log: GroupCommit
    private let logReads: LogReadThread
    private let apply: ApplyLoop
    private let compare: ComparisonLoop
    /// One for rare long work, such as dropping a history before a join, and one for snapshots.
    private let pools: [NIOThreadPool]
    private let sinks: [any CompletionSink]
    private let logger: Logger

    init(
        store: NodeStore, core: NodeCore, sinks: [any CompletionSink], pools: [NIOThreadPool], logger: Logger
    ) {
        self.logger = logger
        self.pools = pools
        self.sinks = sinks
        let stop: @Sendable (StoreFailure) -> Never = { Self.stopProcess(for: $0, logger: logger) }
        store.stateMachine.onFlushFailure { stop($0) }
        store.stateMachine.onReadFailure { [mailbox = core.mailbox] failure in mailbox.post(.unreadable(failure)) }
        log = GroupCommit(store: store.log, mailbox: core.mailbox, onFailure: stop)
        logReads = LogReadThread(store: store.log, mailbox: core.mailbox, onFailure: stop)
        compare = ComparisonLoop(of: store.stateMachine, mailbox: core.mailbox)
        apply = ApplyLoop(
            stateMachine: store.stateMachine, log: store.log, sinks: sinks, mailbox: core.mailbox,
            admission: core.admission, board: core.board, appliedInterest: core.appliedInterest, comparer: compare,
            onFailure: stop)
        for pool in pools { pool.start() }
    }

    var workers: NodeCore.Workers {
        NodeCore.Workers(logWriter: log, logReader: logReads, applier: apply, comparer: compare, sinks: sinks)
    }

    /// Finishes what was submitted and ends the threads. Nothing may be submitted afterwards.
    func shutdown() async {
        for pool in pools {
            do {
                try await pool.shutdownGracefully()
            } catch {
                logger.error("a maintenance thread did not end cleanly: \(error)")
            }
        }
        log.shutdown()
        apply.shutdown()
        compare.shutdown()
        logReads.shutdown()
    }

    /// R3: after a failed write or sync nobody knows what is on disk, so the process acknowledges, votes and leads
    /// nothing further. Ends without destructors, which could write again.
    static func stopProcess(for failure: StoreFailure, logger: Logger) -> Never {
        logger.critical(
            """
            the store failed, so this node stops at once: \(failure). Look at the disk, then start the node again: \
            it recovers from what is durable. If data are damaged (skiffd inspect check reads all of them), replace \
            the node instead
            """)
        logger.endProcess(EX_IOERR)
    }
}
