internal import HotPath
internal import Logging
internal import NIOCore
internal import RaftCore
internal import Storage

/// The log of this node gets shorter at its beginning: the part of a cycle that takes time is done on the maintenance
/// thread, and no event loop, log thread or apply thread waits for it. One cycle at a time; `LogCompaction` says when.
///
/// ```
/// maintenance   data on disk ──┐               ┌─► release files ──┐
/// event loop                   └─► cut ─► … ───┘                   └─► ended
/// log thread                        └► write, sync
/// ```
///
/// A node that stops abandons a cycle wherever it is: each of its parts is right without the rest. Touched only on
/// `eventLoop`.
final class LogMaintenance: LogMaintainer {
    private let handle: ReplicaHandle
    private let store: NodeStore
    private let maintenance: any Maintenance
    private let eventLoop: any EventLoop
    private let logger: Logger
    private var isRunning = false

    init(
        handle: ReplicaHandle, store: NodeStore, maintenance: any Maintenance, eventLoop: any EventLoop, logger: Logger
    ) {
        self.handle = handle
        self.store = store
        self.maintenance = maintenance
        self.eventLoop = eventLoop
        self.logger = logger
    }

    var persistedIndex: LogIndex { store.facts.persistedIndex }
    var dataBytes: Int { store.facts.dataBytes }

    func compactionDue(through wanted: LogIndex) {
        eventLoop.preconditionInEventLoop()
        // The one that is under way is of a history that the node has given up meanwhile.
        guard !isRunning else { return handle.withReplica { $0.compactionEnded(succeeded: false) } }
        isRunning = true
        let persisted = maintenance.run(on: eventLoop) { [store] () throws -> LogIndex in
            try store.stateMachine.persist(through: wanted)
        }
        after(persisted) { maintenance, persisted in maintenance.cut(persisted) }
    }

    private func cut(_ persisted: LogIndex) {
        guard handle.isSet else { return }
        let mine = NIOLoopBound(self, eventLoop: eventLoop)
        handle.withReplica { replica in
            replica.cutLog(persisted: persisted) { result in
                guard case .cut(let last) = result else { return mine.value.release() }
                mine.value.removeFiles(through: last.index)
            }
        }
    }

    private func removeFiles(through index: LogIndex) {
        let removed = maintenance.run(on: eventLoop) { [store] () throws -> Void in
            try store.log.removeFiles(through: index)
        }
        after(removed) { maintenance, _ in maintenance.release() }
    }

    /// What the log has in memory becomes table files only if that releases much, because most of it would be gone
    /// before its memtable is full.
    private func release() {
        guard handle.withReplica({ $0.wantsFilesReleased }) else { return end(succeeded: true, hasReleased: false) }
        let released = maintenance.run(on: eventLoop) { [store] () throws -> Void in
            try store.log.releaseFiles()
        }
        after(released) { maintenance, _ in maintenance.end(succeeded: true, hasReleased: true) }
    }

    private func end(succeeded: Bool, hasReleased: Bool) {
        isRunning = false
        guard handle.isSet else { return }
        handle.withReplica { $0.compactionEnded(succeeded: succeeded, hasReleasedFiles: hasReleased) }
    }

    /// Continues a cycle, or ends it if a part of it has failed.
    private func after<Value: Sendable>(
        _ part: EventLoopFuture<Value>, _ next: @escaping @Sendable (LogMaintenance, Value) -> Void
    ) {
        let mine = NIOLoopBound(self, eventLoop: eventLoop)
        part.whenComplete { result in
            switch result {
            case .success(let value): next(mine.value, value)
            case .failure(let error):
                mine.value.logger.warning("the log keeps its beginning for now, and it is tried again: \(error)")
                mine.value.end(succeeded: false, hasReleased: false)
            }
        }
    }
}
