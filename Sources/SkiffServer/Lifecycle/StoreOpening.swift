internal import Glibc
internal import HotPath
internal import Logging
internal import RaftCore
internal import ServiceLifecycle
internal import Storage
internal import Synchronization

/// The part of a start that takes time: opens the directory and reads back what the node must not have forgotten. It
/// says in the log that it has begun, and every few seconds how far it is.
struct StoreOpening {
    private static let reportInterval = Duration.seconds(3)

    let configuration: ServerConfiguration
    let logger: Logger
    /// Opens the store, which may begin a history.
    let open: @Sendable () throws(StorageError) -> NodeStore

    /// Blocks a thread of its own and not one of the few that run tasks. A stop that is asked for meanwhile ends the
    /// process at once: nobody has been promised anything yet, and a node may be killed at any time.
    func run() async throws(StartFailure) -> (store: NodeStore, recovered: Raft.Recovered) {
        logger.notice("opens its store", metadata: ["directory": "\(configuration.dataDirectory)"])
        let start = ContinuousClock.now
        let progress = Progress()
        let reports = Task { await report(progress, since: start) }
        defer { reports.cancel() }
        let opened = await withGracefulShutdownHandler {
            await onThread(progress)
        } onGracefulShutdown: {
            logger.notice("stopped before it had opened its store")
            logger.endProcess(EXIT_SUCCESS)
        }
        let (store, recovered) = try opened.get()
        logger.info(
            "has opened its store",
            metadata: [
                "entries": "\(recovered.last.index)",
                "milliseconds": "\((ContinuousClock.now - start).milliseconds)",
            ])
        return (store, recovered)
    }

    // MARK: Work

    private typealias Opened = Result<(store: NodeStore, recovered: Raft.Recovered), StartFailure>

    private func onThread(_ progress: Progress) async -> Opened {
        let (stream, result) = AsyncStream<Opened>.makeStream()
        let thread = DedicatedThread(name: "skiff-start") {
            result.yield(work(progress))
            result.finish()
        }
        var iterator = stream.makeAsyncIterator()
        guard let opened = await iterator.next() else { preconditionFailure("a store was opened without a result") }
        thread.join()
        return opened
    }

    private func work(_ progress: Progress) -> Opened {
        do throws(StorageError) {
            let store = try open()
            let recovered = try store.recover(knowing: configuration.raftSettings.featureLevel) { progress.noteEntry() }
            return .success((store, recovered))
        } catch {
            return .failure(StartFailure("\(error)"))
        }
    }

    // MARK: Reports

    private func report(_ progress: Progress, since start: ContinuousClock.Instant) async {
        do {
            while true {
                try await Task.sleep(for: Self.reportInterval)
                let seconds = (ContinuousClock.now - start).components.seconds
                logger.notice("\(Self.sentence(entries: progress.entries))", metadata: ["seconds": "\(seconds)"])
            }
        } catch {
            // Cancelled: the store is open.
        }
    }

    /// How far a start is after this many entries of the log.
    static func sentence(entries: UInt64) -> String {
        entries == 0
            ? "still opens its store: the database repeats its log"
            : "still opens its store: \(entries) entries of the log are read back"
    }

    private final class Progress: Sendable {
        private let count = Atomic<UInt64>(0)

        var entries: UInt64 { count.load(ordering: .relaxed) }

        func noteEntry() { count.wrappingAdd(1, ordering: .relaxed) }
    }
}

extension Duration {
    /// Whole milliseconds.
    fileprivate var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
