internal import Bytes
internal import ClusterControl
internal import HotPath
internal import Logging
internal import NIOCore
internal import RaftCore
internal import ServiceLifecycle
internal import Storage

/// One node as a service: opens the directory, starts the node, and stops it when the process is asked to.
struct NodeService: Service {
    let configuration: ServerConfiguration
    let logger: Logger

    func run() async throws {
        // Before anything can fail: a warning may explain the failure.
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let store = try openStore()
        let recovered = try recover(store)
        let node = Node(configuration, store: store, logger: logger)
        do throws(StartFailure) {
            try await node.start(recovered)
        } catch {
            await node.stop()
            throw error
        }
        let facts = await node.bannerFacts()
        logger.notice("\(Banner.text(configuration, facts))")
        await waitForShutdown()
        logger.notice("stopping: open requests are answered first")
        await node.stop()
        logger.notice("stopped")
    }

    private func recover(_ store: NodeStore) throws(StartFailure) -> Raft.Recovered {
        do throws(StorageError) {
            return try store.recover()
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// The directory; a fresh one becomes a cluster of one, or stays empty until a leader takes this node in.
    private func openStore() throws(StartFailure) -> NodeStore {
        do throws(StorageError) {
            let store = try NodeStore.open(
                directory: configuration.dataDirectory, nodeID: NodeID(configuration.nodeID),
                options: configuration.storageOptions)
            guard store.clusterID == nil, configuration.bootstrap == .single else { return store }
            let member = Member(
                id: NodeID(configuration.nodeID), role: .voter,
                raftAddress: configuration.announcedRaftAddress(boundPort: nil)?.description ?? "",
                httpAddress: configuration.announcedHTTPAddress(boundPort: nil)?.description ?? "")
            let term = Term(1)
            let entry = Entry(
                id: LogID(index: LogIndex(1), term: term), kind: .configuration, commandCount: 0,
                payload: ConfigurationCodec.encode(Configuration(members: [member])))
            try store.bootstrap(
                clusterID: .random(), configurationEntry: entry, hardState: HardState(currentTerm: term))
            return store
        } catch {
            throw StartFailure("\(error)")
        }
    }

    private func waitForShutdown() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stream {}
        } onCancelOrGracefulShutdown: {
            continuation.finish()
        }
    }
}
