package import KeyValue
package import NIOCore
package import RaftCore

/// A message on the link between two nodes.
package enum PeerMessage: Sendable {
    /// A message of the consensus core. Entries only with an AppendEntriesRequest: those of its range, in order.
    case raft(Message, entries: [Entry])
    /// Writes that a node without leadership took for its users. `id` is unique to the sender's process.
    case forwardedWrites(id: UInt64, commandCount: Int, commands: ByteBuffer)
    /// Outcomes of consecutive commands of forwarded writes, from `first` on. Several answers may make up the whole.
    case forwardedWritesAnswer(id: UInt64, first: Int, outcomes: [Outcome])
    /// Asks the leader for an index at which reads may be served; one request stands for all reads that wait at the
    /// sender.
    case readIndexRequest(id: UInt64)
    /// `index` is nil if the receiver was not the leader, or lost leadership before it could confirm.
    case readIndexAnswer(id: UInt64, index: LogIndex?)
    /// A rare request of the control plane (join, remove), opaque here.
    case controlRequest(id: UInt64, payload: ByteBuffer)
    case controlAnswer(id: UInt64, payload: ByteBuffer)
}

extension AppendEntriesRequest {
    /// Fills in `runs` and `configurations` from the entries that arrived, after checking that they are what the
    /// request states: consecutive from `prevLogID`, terms non-decreasing and not above `messageTerm`.
    package mutating func describe(_ entries: [Entry], messageTerm: Term) throws(CodecError) {
        guard prevLogID.index.rawValue < UInt64.max / 2, range.lower == prevLogID.index.next,
            range.count == entries.count
        else { throw CodecError("an AppendEntriesRequest states another range than that of its entries") }
        var previous = prevLogID
        var runs: [EntryRun] = []
        var configurations: [ConfigurationEntry] = []
        for entry in entries {
            guard entry.id.index == previous.index.next, entry.id.term >= previous.term, entry.id.term <= messageTerm
            else { throw CodecError("the entries of an AppendEntriesRequest are not consecutive at \(entry.id)") }
            if let last = runs.indices.last, runs[last].term == entry.id.term {
                runs[last].sizes.append(UInt32(entry.encodedBytes))
            } else {
                runs.append(EntryRun(term: entry.id.term, sizes: [UInt32(entry.encodedBytes)]))
            }
            if entry.kind == .configuration {
                let configuration = try ConfigurationCodec.decode(entry.payload)
                configurations.append(ConfigurationEntry(index: entry.id.index, configuration: configuration))
            }
            previous = entry.id
        }
        self.runs = runs
        self.configurations = configurations
    }
}
