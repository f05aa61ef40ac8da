internal import HotPath
internal import RaftCore

/// The log of a process as it has accepted it, durable or not, as the log jobs of its replica tell: what the checks
/// look at without asking the core.
struct ShadowLog {
    /// The entry at index 1 comes first.
    private(set) var entries: [Entry]
    /// The configurations in the log, in order.
    private(set) var configurations: [ConfigurationEntry] = []

    init(_ entries: [Entry]) {
        self.entries = []
        self.entries.reserveCapacity(entries.count)
        for entry in entries { append(entry) }
    }

    var last: LogID { entries.last?.id ?? .zero }

    func term(at index: LogIndex) -> Term? {
        guard index > .zero else { return .zero }
        return index.rawValue <= UInt64(entries.count) ? entries[Int(index.rawValue) - 1].id.term : nil
    }

    /// The configuration in force when the log ended at `index`; nil if there was none.
    func configuration(at index: LogIndex) -> Configuration? {
        configurations.last { $0.index <= index }?.configuration
    }

    /// The entries of a range that lies within the log.
    func entries(in range: LogRange) -> [Entry] {
        range.isEmpty ? [] : Array(entries[(Int(range.lower.rawValue) - 1)..<(Int(range.upper.rawValue) - 1)])
    }

    mutating func truncate(from index: LogIndex) {
        entries.removeLast(max(0, entries.count - Int(index.rawValue) + 1))
        while let last = configurations.last, last.index >= index { configurations.removeLast() }
    }

    mutating func append(_ entry: Entry) {
        precondition(entry.id.index == last.index.next, "\(entry.id) is appended after \(last)")
        entries.append(entry)
        guard entry.kind == .configuration else { return }
        do {
            let configuration = try ConfigurationCodec.decode(entry.payload)
            configurations.append(ConfigurationEntry(index: entry.id.index, configuration: configuration))
        } catch {
            preconditionFailure("the configuration at \(entry.id) is malformed: \(error)")
        }
    }
}
