import HotPath

/// Collects the outcomes of one node's users.
final class SimulatedSink: CompletionSink, @unchecked Sendable {
    var completions: [Completion] = []
    func post(_ completions: [Completion]) { self.completions.append(contentsOf: completions) }
}
