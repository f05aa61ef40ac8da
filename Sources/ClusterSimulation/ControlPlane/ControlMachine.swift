internal import Bytes
internal import ClusterControl
internal import RaftCore

/// One machine of a simulated control plane: what outlives its processes.
final class ControlMachine {
    let number: Int
    let id: NodeID
    let disk = SimulatedDisk()
    var process: ControlProcess?
    /// The number of starts so far.
    var life: UInt32 = 0
    var pausedUntil: UInt64 = 0
    /// The cluster of one that a first start founds; nil if it waits to be taken in.
    let foundedID: ClusterID?
    /// The node is set to listen on its address and so announces it; otherwise others tell it.
    let announcesAddress: Bool
    let drift: Int64

    init(number: Int, foundedID: ClusterID?, announcesAddress: Bool, drift: Int64) {
        self.number = number
        self.foundedID = foundedID
        self.announcesAddress = announcesAddress
        self.drift = drift
        id = NodeID(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(number))))
    }
}
