internal import HotPath
internal import Logging
internal import NIOCore
internal import RaftCore

/// On the leader: raises the feature level of the cluster once all members, voters and learners, are linked and know a
/// higher one. So after a rolling upgrade the cluster uses what the new release can, and nobody has to ask for it.
///
/// A member that is added later has to know the level that is in force (`Join`), and one that is not linked may be on
/// its way back as an older release, so its word of earlier does not count. Confined to the replica's loop.
final class FeatureLevelRaise {
    private let settings: RaftSettings
    private let localID: NodeID
    private let handle: ReplicaHandle
    private let transport: TransportHandle
    private let logger: Logger
    private var task: Task<Void, Never>?

    init(
        settings: RaftSettings, localID: NodeID, handle: ReplicaHandle, transport: TransportHandle, logger: Logger
    ) {
        self.settings = settings
        self.localID = localID
        self.handle = handle
        self.transport = transport
        self.logger = logger
    }

    /// Looks whether the level can be raised, and begins it if so. Cheap; to be called from time to time.
    func look() {
        let levels = levels
        let isDue = handle.withReplica { $0.role == .leader && levels.raised(in: $0.configuration) != nil }
        guard isDue, task == nil else { return }
        let own = NIOLoopBound(self, eventLoop: handle.eventLoop)
        task = handle.tasks.spawn { [handle, logger] in
            do throws(ControlFailure) {
                let deadline = handle.tasks.deadline(inMilliseconds: 5_000)
                let hasRisen = try await handle.change(until: deadline) { configuration in
                    levels.raised(in: configuration).map { .raiseFeatureLevel(to: $0) }
                }
                if hasRisen {
                    let level = await handle.onLoop { $0.configuration.featureLevel }
                    logger.notice("the cluster is at feature level \(level): all members know it")
                }
            } catch {
                // Somebody else leads, or a majority does not answer: whoever leads then looks again.
            }
            await handle.onLoop { _ in own.value.task = nil }
        }
    }

    func stop() { task?.cancel() }

    private var levels: KnownLevels {
        KnownLevels(settings: settings, localID: localID) { [transport] in transport.featureLevel(of: $0) }
    }
}
