internal import Bytes
internal import ClusterControl
internal import Logging
internal import NIOCore
internal import RaftCore
internal import NodeControl
internal import ServiceLifecycle
internal import Storage

/// One node as a service: opens the directory, starts the node, and stops it when the process is asked to.
struct NodeService: Service {
    let configuration: ServerConfiguration
    /// What this process may have open.
    let openFilesMax: Int
    let logger: Logger

    func run() async throws {
        // Before anything can fail: a warning may explain the failure.
        for warning in configuration.warnings { logger.warning("\(warning)") }
        try ListenCheck(configuration).run()
        let opening = StoreOpening(configuration: configuration, logger: logger, open: openStore)
        let (store, recovered) = try await opening.run()
        let node = Node(configuration, store: store, openFilesMax: openFilesMax, logger: logger)
        do throws(StartFailure) {
            try await node.start(recovered)
        } catch {
            await node.stop()
            throw error
        }
        announce(await node.bannerFacts())
        await waitForShutdown()
        logger.notice("stopping: open requests are answered first")
        await node.stop()
        logger.notice("stopped")
    }

    /// For people a block, for programs one record.
    private func announce(_ facts: Banner.Facts) {
        switch configuration.logFormat {
        case .auto, .text:
            logger.notice("\(Banner.text(configuration, facts))")
        case .json:
            let metadata = Banner.lines(configuration, facts).map { ($0.name, Logger.MetadataValue.string($0.value)) }
            logger.notice(
                "\(Banner.headline(configuration))", metadata: Logger.Metadata(uniqueKeysWithValues: metadata))
        }
    }

    /// The directory; a fresh one becomes a cluster of one, or stays empty until a leader takes this node in.
    private func openStore() throws(StorageError) -> NodeStore {
        let store = try NodeStore.open(
            directory: configuration.dataDirectory, nodeID: NodeID(configuration.nodeID),
            options: configuration.storageOptions)
        if configuration.bootstrap == .single {
            try store.foundClusterOfOne(
                id: .random(), instance: .random(), nodeID: NodeID(configuration.nodeID),
                addresses: configuration.addresses, featureLevel: configuration.raftSettings.featureLevel)
        }
        return store
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
