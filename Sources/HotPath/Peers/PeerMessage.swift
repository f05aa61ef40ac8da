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
    /// The digest that a member made for the comparison at the entry `id`; nil if it made none.
    case comparisonAnswer(id: LogID, digest: StateDigest?)
    /// The receiver is not in the configuration that is committed at `index`.
    case removed(index: LogIndex)
    /// A rare request of the control plane (join, remove), opaque here.
    case controlRequest(id: UInt64, payload: ByteBuffer)
    case controlAnswer(id: UInt64, payload: ByteBuffer)

    /// A vote, or an acknowledgement of entries: it is worth what the member of the sender's name remembers.
    package var countsForItsSender: Bool {
        guard case .raft(let message, _) = self else { return false }
        switch message.body {
        case .requestVoteResponse, .appendEntriesResponse, .installSnapshotResponse: return true
        case .requestVoteRequest, .appendEntriesRequest, .installSnapshotRequest, .timeoutNow: return false
        }
    }
}

extension AppendEntriesRequest {
    /// Fills in `runs` and `configurations` from the entries that arrived, and checks what they hold. Whether those are
    /// the entries of `range` is judged by `PeerGate`.
    package mutating func describe(_ entries: [Entry]) throws(CodecError) {
        var runs: [EntryRun] = []
        var configurations: [ConfigurationEntry] = []
        for entry in entries {
            if let last = runs.indices.last, runs[last].term == entry.id.term {
                runs[last].sizes.append(UInt32(entry.encodedBytes))
            } else {
                runs.append(EntryRun(term: entry.id.term, sizes: [UInt32(entry.encodedBytes)]))
            }
            if let configuration = try entry.checkContent() {
                configurations.append(ConfigurationEntry(index: entry.id.index, configuration: configuration))
            }
        }
        self.runs = runs
        self.configurations = configurations
    }
}
