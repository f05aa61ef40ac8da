internal import HotPath

/// Where the answers of one process arrive.
struct SimulatedSink: CompletionSink {
    private let ports: Confined<ProcessPorts>

    init(_ ports: Confined<ProcessPorts>) { self.ports = ports }

    func post(_ completions: [Completion]) { ports.value.post(completions) }
}
