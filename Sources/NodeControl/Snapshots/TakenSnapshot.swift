internal import HotPath
internal import RaftCore
internal import Storage

/// A snapshot that was taken in whole.
final class TakenSnapshot: FetchedSnapshot {
    private let intake: Confided<SnapshotIntake>
    private let store: NodeStore

    init(_ intake: Confided<SnapshotIntake>, for store: NodeStore) {
        self.intake = intake
        self.store = store
    }

    func install(_ configuration: Configuration) throws(StoreFailure) {
        do throws(StorageError) {
            try store.install(intake.value, configuration: configuration)
        } catch {
            throw StoreFailure(operation: "install a snapshot", message: error.message)
        }
    }
}
