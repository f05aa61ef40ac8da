/// The random numbers of a simulation: one sequence per concern, so that a fault that is left out changes nothing of
/// what the others draw.
struct Draws {
    var network: Draw
    var disk: Draw
    var timing: Draw
    var workload: Draw
    /// Seeds for the cores and whatever else a node draws for itself.
    var nodes: Draw
    /// The pace of the maintenance thread.
    var compaction: Draw

    init(seed: UInt64) {
        network = Draw(seed: seed, concern: 1)
        disk = Draw(seed: seed, concern: 2)
        timing = Draw(seed: seed, concern: 3)
        workload = Draw(seed: seed, concern: 4)
        nodes = Draw(seed: seed, concern: 5)
        compaction = Draw(seed: seed, concern: 7)
    }
}
