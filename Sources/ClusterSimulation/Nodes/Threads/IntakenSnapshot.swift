internal import HotPath
internal import RaftCore
internal import Storage

/// A snapshot that was taken in whole from another node.
///
/// `@unchecked Sendable`: the simulation has one thread.
final class IntakenSnapshot: FetchedSnapshot, @unchecked Sendable {
    private let intake: SnapshotIntake
    private let store: NodeStore

    init(_ intake: SnapshotIntake, for store: NodeStore) {
        self.intake = intake
        self.store = store
    }

    func install(_ configuration: Configuration) throws(StoreFailure) {
        do throws(StorageError) {
            try store.install(intake, configuration: configuration)
        } catch {
            throw StoreFailure(operation: "install a snapshot", message: error.message)
        }
    }
}
