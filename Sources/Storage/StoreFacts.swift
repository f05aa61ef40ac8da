package import ClusterControl
internal import NIOConcurrencyHelpers
package import RaftCore
internal import Synchronization

/// The little about the store of a node that is known without asking it. For event loops, which must not wait for a
/// disk or for a lock of RocksDB: everything here is an atomic, or a few bytes under a lock that nobody holds while he
/// does anything else. Any thread.
package final class StoreFacts: Sendable {
    private let identity = NIOLockedValueBox<(cluster: ClusterID, instance: InstanceID)?>(nil)
    private let userData = Atomic<Bool>(false)
    private let keysInMemory = Atomic<Int>(0)
    private let keysInDatabase = Atomic<UInt64>(0)
    private let bytesInDatabase = Atomic<UInt64>(0)
    private let persisted = Atomic<UInt64>(0)
    private let replacedData = Atomic<Bool>(false)

    /// The cluster whose history the node holds; nil for a node that has none yet.
    package var clusterID: ClusterID? { identity.withLockedValue { $0?.cluster } }

    /// This life of the directory; nil for a node that has no history yet.
    package var instance: InstanceID? { identity.withLockedValue { $0?.instance } }

    /// False if the store certainly holds no data of users, neither applied nor waiting in its log. True once a command
    /// has entered the history, even if everything was deleted again: only `NodeStore.isEmpty` can tell, and it reads
    /// the disk. Complete after `NodeStore.recover`.
    package var mayHoldUserData: Bool { userData.load(ordering: .acquiring) }

    /// Roughly the number of users' keys, for messages and metrics; too high if keys were written more than once.
    package var approximateKeyCount: UInt64 {
        keysInDatabase.load(ordering: .relaxed) + UInt64(max(keysInMemory.load(ordering: .relaxed), 0))
    }

    /// The size of the key-value data on disk, in bytes, as of the last time that a table entered the database.
    package var dataBytes: Int { Int(clamping: bytesInDatabase.load(ordering: .relaxed)) }

    /// The key-value data are durable at least through this entry.
    package var persistedIndex: LogIndex { LogIndex(persisted.load(ordering: .acquiring)) }

    /// The disk still has data that a snapshot has replaced: call `NodeStore.freeReplacedData`.
    package var hasReplacedData: Bool { replacedData.load(ordering: .acquiring) }

    // MARK: Noted by the threads that know

    /// Whether families that were dropped have files on the disk.
    func noteReplacedData(_ isThere: Bool) { replacedData.store(isThere, ordering: .releasing) }

    /// Commands are about to enter the log, or were found in it or in the data.
    func noteUserData() {
        // A load leaves the cache line with all readers; the store happens once in a history.
        if !userData.load(ordering: .relaxed) { userData.store(true, ordering: .releasing) }
    }

    /// The node belongs to this cluster from now on, as this instance.
    func note(_ clusterID: ClusterID, _ instance: InstanceID) {
        identity.withLockedValue { $0 = (clusterID, instance) }
    }

    /// A batch has added keys to the table in memory.
    func noteKeysInMemory(_ added: Int) { keysInMemory.wrappingAdd(added, ordering: .relaxed) }

    /// The database has the data through `index`, and `leaving` keys are no longer only in memory. `records` is
    /// RocksDB's estimate for the family `kv`, and `bytes` the size of its files.
    func noteDatabase(through index: LogIndex, records: UInt64, bytes: UInt64, leavingMemory leaving: Int = 0) {
        bytesInDatabase.store(bytes, ordering: .relaxed)
        persisted.store(index.rawValue, ordering: .releasing)
        // The record of the applied index does not count.
        keysInDatabase.store(records == 0 ? 0 : records - 1, ordering: .relaxed)
        keysInMemory.wrappingSubtract(leaving, ordering: .relaxed)
    }

    /// Other data has taken the place of what the node held. Precondition: apply and flush threads are idle.
    func replaceData(through index: LogIndex, records: UInt64, bytes: UInt64, isUsers: Bool) {
        keysInMemory.store(0, ordering: .relaxed)
        noteDatabase(through: index, records: records, bytes: bytes)
        if isUsers { noteUserData() }
    }

    /// The history of the node is gone. Precondition: log, apply and flush threads are idle.
    func startOver() {
        keysInMemory.store(0, ordering: .relaxed)
        keysInDatabase.store(0, ordering: .relaxed)
        bytesInDatabase.store(0, ordering: .relaxed)
        persisted.store(0, ordering: .releasing)
        userData.store(false, ordering: .releasing)
    }
}
