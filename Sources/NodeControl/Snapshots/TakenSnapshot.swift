internal import HotPath
internal import RaftCore
internal import Storage
internal import Synchronization

/// A snapshot that was taken in whole. It is installed or given up, whichever comes first.
final class TakenSnapshot: FetchedSnapshot {
    private let intake: Confided<SnapshotIntake>
    private let store: NodeStore
    private let isSpent = Atomic<Bool>(false)

    init(_ intake: Confided<SnapshotIntake>, for store: NodeStore) {
        self.intake = intake
        self.store = store
    }

    /// Nobody installs it any more. False if that has begun: then its files belong to the log thread. Any thread.
    func giveUp() -> Bool { !isSpent.exchange(true, ordering: .acquiringAndReleasing) }

    func install(_ configuration: Configuration) throws(StoreFailure) {
        let isGivenUp = isSpent.exchange(true, ordering: .acquiringAndReleasing)
        precondition(!isGivenUp, "a snapshot is installed that was given up")
        do throws(StorageError) {
            try store.install(intake.value, configuration: configuration)
        } catch {
            throw StoreFailure(operation: "install a snapshot", message: error.message)
        }
    }
}
