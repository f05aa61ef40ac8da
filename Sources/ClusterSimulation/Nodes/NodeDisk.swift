internal import Bytes
internal import HotPath
internal import RaftCore

/// The disk of one node: what survives its processes, and what the simulation knows must be there.
final class NodeDisk {
    /// The disk at an earlier time.
    struct Copy {
        fileprivate let image: DiskImage
        fileprivate let record: DurableRecord
        fileprivate let data: KeyValueState
        let persisted: LogIndex

        var lastLogID: LogID { record.lastLogID }
    }

    let medium = SimulatedDisk()
    var record = DurableRecord()
    /// The key-value data as of the last start.
    var data = KeyValueState()
    /// A table with the key-value data through this entry is in the database.
    var persisted = LogIndex.zero

    // MARK: Durable

    var log: [Entry] { record.log }
    var hardState: HardState { record.hardState }
    var lastLogID: LogID { record.lastLogID }

    func term(at index: LogIndex) -> Term? { record.term(at: index) }

    // MARK: Between two processes

    /// The power fails. Writes that were not synced are lost, kept in part or torn, as the seed says.
    func losePower(_ fate: UnsyncedFate, seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        medium.losePower(fate, drawing: &generator)
    }

    /// Precondition: no write is under way.
    func copy() -> Copy {
        precondition(record.writeUnderWay == nil, "a disk is copied in the midst of a write")
        return Copy(image: medium.copy(), record: record, data: data, persisted: persisted)
    }

    func restore(_ copy: Copy) {
        medium.restore(copy.image)
        record = copy.record
        data = copy.data
        persisted = copy.persisted
    }

    /// The database of an older copy, and everything else of now. The promises stay those of now. Returns true.
    func restoreDatabase(_ copy: Copy, of node: NodeID) -> Bool {
        medium.restore(copy.image, except: "/data/\(node)/skiff.witness")
        return true
    }

    func wipe() {
        medium.wipe()
        record = DurableRecord()
        data = KeyValueState()
        persisted = .zero
    }
}
