internal import HotPath
internal import RaftCore

/// What a process asks of the thread that makes digests for comparisons: the simulation does it later.
final class SimulatedComparer: StateComparer {
    private let ports: Confined<ProcessPorts>

    init(_ ports: Confined<ProcessPorts>) { self.ports = ports }

    func compare(_ range: KeyRange, at id: LogID) { ports.value.compare(range, at: id) }

    func findEnd(of start: [UInt8], bytes: Int) { ports.value.findEnd(of: start, bytes: bytes) }
}
