/// How the network and the disks behave between faults. Times in nanoseconds, chances in thousandths.
struct Weather: Hashable {
    var delayMin: UInt64 = 50_000
    var delayMax: UInt64 = 500_000
    var loss = 0
    var duplication = 0
    /// A message is sent again much later, also into a later session and to a later process.
    var replay = 0
    /// Messages of the core may overtake each other.
    var isUnordered = false
    var syncMin: UInt64 = 100_000
    var syncMax: UInt64 = 2_000_000
    /// Of streams: a read ends in the midst of what has arrived.
    var splits = 0
    /// A sync takes up to a second.
    var slowSync = 0

    static let calm = Weather()
}
