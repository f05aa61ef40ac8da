internal import RaftCore

/// One node of a cluster of bare cores: what outlives its processes, and the process that runs now.
final class CoreNode: WatchedNode {
    let number: Int
    let id: NodeID
    var disk = CoreDisk()
    var process: CoreProcess?
    var life: UInt32 = 0
    /// Parts per million by which its clock is too fast.
    var drift: Int64 = 0
    var pausedUntil: UInt64 = 0
    var diskHangsUntil: UInt64 = 0
    var slowness: UInt64 = 1

    init(number: Int) {
        self.number = number
        id = NodeID(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(number))))
    }

    var isOutOfService: Bool { false }
    var running: (any WatchedProcess)? { process }
    var durableHardState: HardState { disk.record.hardState }
    var durableLast: LogID { disk.record.lastLogID }
    func durableTerm(at index: LogIndex) -> Term? { disk.record.term(at: index) }
}
