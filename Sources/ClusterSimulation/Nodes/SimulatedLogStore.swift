internal import HotPath
internal import RaftCore

/// Reads of the log on disk, by the apply thread. Writes go through the jobs of the simulation.
final class SimulatedLogStore: LogStore {
    private let node: Confined<SimulatedNode>

    init(_ node: Confined<SimulatedNode>) { self.node = node }

    func append(_ jobs: [LogJob]) throws(StoreFailure) { for job in jobs { node.value.disk.write(job) } }

    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry] {
        let log = node.value.disk.log
        guard range.upper.rawValue <= UInt64(log.count) + 1 else {
            throw StoreFailure(operation: "read the log", message: "\(range) is not durable")
        }
        var entries: [Entry] = []
        var bytes = 0
        for entry in log[(Int(range.lower.rawValue) - 1)..<(Int(range.upper.rawValue) - 1)] {
            if !entries.isEmpty, bytes + entry.encodedBytes > bytesMax { break }
            entries.append(entry)
            bytes += entry.encodedBytes
        }
        return entries
    }
}
