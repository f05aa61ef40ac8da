internal import Bytes
internal import ClusterControl
internal import RaftCore

/// One machine of a simulated control plane: what outlives its processes.
final class ControlMachine {
    let number: Int
    /// The machine whose name its node carries: its own, or that of the one whose namesake it is.
    let name: Int
    let id: NodeID
    private(set) var disk = SimulatedDisk()
    var process: ControlProcess?
    /// The number of starts so far.
    var life: UInt32 = 0
    var pausedUntil: UInt64 = 0
    /// It never starts again.
    var isRetired = false
    /// Whoever has its name in the cluster is to leave, before it is taken in.
    var isToBeRemoved = false
    /// The cluster of one that a first start founds; nil if it waits to be taken in.
    private(set) var foundedID: ClusterID?
    /// How far the cluster had committed when its disk was last wiped; nil if it never was.
    private(set) var wipedAt: LogIndex?
    /// The instance of the disk that was last wiped.
    private(set) var lostInstance: InstanceID?
    /// The node is set to listen on its address and so announces it; otherwise others tell it.
    let announcesAddress: Bool
    let drift: Int64
    /// The feature level that the releases of its processes know: that of today's release; or the first one, and in
    /// runs that upgrade the cluster that of today after a restart.
    private(set) var featureLevel: UInt8
    let isUpgraded: Bool

    init(number: Int, seed: UInt64, _ settings: SimulationSettings) {
        self.number = number
        name = Self.name(of: number, settings)
        foundedID =
            number == 0 || settings.founders & 1 << number != 0
            ? ClusterID(high: seed, low: UInt64(number) + 1) : nil
        announcesAddress = settings.announcers & 1 << number != 0
        drift = settings.drifts.indices.contains(number) ? settings.drifts[number] : 0
        id = NodeID("\(Target.node(name))")
        isUpgraded = seed % 4 == 3
        featureLevel = isUpgraded || seed % 8 == 0 ? FeatureLevel.first : FeatureLevel.release
    }

    /// From its next start on it runs the later release, if this run upgrades the cluster.
    func upgrade() { if isUpgraded { featureLevel = FeatureLevel.release } }

    /// Unlike its id no other machine has it.
    var directoryID: NodeID { number == name ? id : NodeID("\(id)-\(number)") }

    private static func name(of number: Int, _ settings: SimulationSettings) -> Int {
        guard number >= settings.voters else { return number }
        let shared = (0..<settings.voters).filter { settings.namesakes & 1 << $0 != 0 }
        return shared[number - settings.voters]
    }

    /// An empty disk takes the place of its own, while it has no process. `commit` is how far the cluster has come. A
    /// node that founds a cluster when it starts on an empty disk founds another one. `instance` is that of the disk.
    func wipe(at commit: LogIndex, losing instance: InstanceID?) {
        disk = SimulatedDisk()
        wipedAt = commit
        lostInstance = instance
        foundedID = foundedID.map { ClusterID(high: $0.high, low: $0.low + 100) }
    }

    /// Whether it counts in this configuration as the node that it was before its disk was wiped.
    func isLost(to configuration: Configuration) -> Bool {
        guard let wipedAt, let member = configuration[id] else { return false }
        // The leader may enter a member, as the node that it was, after that has lost its disk.
        return member.since <= wipedAt || lostInstance != nil && member.instance == lostInstance
    }
}
