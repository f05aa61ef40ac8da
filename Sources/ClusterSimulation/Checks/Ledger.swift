internal import HotPath
internal import RaftCore

/// All that was ever committed, in order, as the leaders committed it: what every node is held to.
struct Ledger {
    /// The entry at index 1 comes first.
    private(set) var entries: [Entry] = []
    /// The term of the leader that committed each.
    private(set) var commitTerms: [Term] = []
    /// The latest committed configuration.
    var configuration: Configuration { configurations.last?.configuration ?? Configuration() }
    private var configurations: [ConfigurationEntry] = []
    /// What the entries make of the key-value data.
    private(set) var state = KeyValueState()
    /// `digests[i]` stands for the state after entry i.
    private(set) var digests: [UInt64] = [0]

    var lastIndex: LogIndex { LogIndex(UInt64(entries.count)) }

    func entry(at index: LogIndex) -> Entry? {
        guard index > .zero, index <= lastIndex else { return nil }
        return entries[Int(index.rawValue) - 1]
    }

    /// The latest configuration as of an entry.
    func configuration(at index: LogIndex) -> Configuration {
        configurations.last { $0.index <= index }?.configuration ?? Configuration()
    }

    /// Adds the next entry and calls `body` with what its commands do.
    mutating func append(_ entry: Entry, in term: Term, _ body: (KeyValueState.Change) -> Void) {
        entries.append(entry)
        commitTerms.append(term)
        state.apply(entry, body)
        digests.append(state.digest)
        guard entry.kind == .configuration else { return }
        do {
            let configuration = try ConfigurationCodec.decode(entry.payload)
            configurations.append(ConfigurationEntry(index: entry.id.index, configuration: configuration))
        } catch {
            preconditionFailure("the committed configuration at \(entry.id) is malformed: \(error)")
        }
    }
}
