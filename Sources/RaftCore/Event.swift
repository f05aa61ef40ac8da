/// Everything that can happen to a `Raft`.
package enum Event: Sendable {
    /// Time has passed; `now` of the step says how far. Due after `Raft.nextDeadline`, harmless at any time.
    case timeElapsed
    /// A message arrived that `Raft.refusal(of:)` has not refused. It may be stale, duplicated or from a server outside
    /// the configuration.
    case receive(Message)
    /// An AppendEntriesRequest arrived whose entries cannot be taken yet. Everything else that it says counts: that the
    /// leader lives and counts this server as a member, its commit index, its ReadIndex round, a loss of data. Its
    /// entries come by `receiveEntries`, or never.
    case receiveNews(Message)
    /// The entries of an AppendEntriesRequest whose news was received earlier. It is no sign that its leader lives, and
    /// nothing at all if that leader is not followed any more.
    case receiveEntries(Message)
    /// Appends one command entry per size, in bytes, to the leader's log. Only while `Raft.canPropose`; the first entry
    /// gets `Raft.lastLogID.index.next` and the current term.
    case propose(sizes: [UInt32])
    /// The log thread finished a job.
    case flushed(FlushNotice)
    /// The log thread has owed the report of a job for longer than an election timeout: the disk hangs. Given in each
    /// turn until `flushed` says that it answers again.
    case logStalled
    /// Whether the state machine of this server is known to hold wrong data. Then it must not answer for the cluster,
    /// so it does not campaign, or gives its candidacy up; its log is right, so it votes and acknowledges entries.
    case campaigningBarred(Bool)
    /// Entries up to here are in the state machine.
    case applied(LogIndex)
    /// The entries before this index have left the memory of this server. They are committed, and durable here.
    case evicted(before: LogIndex)
    /// A read that `Effects.logReads` asked for has brought the first `count` entries of its range, of `bytes` in all;
    /// none if they are gone. They stay at hand through the next `turnEnded`, which may send them.
    case entriesRead(LogReadRequest, count: Int, bytes: Int)
    /// Asks for an index at which a linearizable read may be served (thesis 6.4). Answered in `Effects.readsReady` or
    /// `Effects.readsFailed`, at the latest when leadership ends. Leader only; at another role it fails at once.
    case readIndex(ReadID)
    /// Proposes a change of one member; answered in `Effects.configurationOutcome` of the same step.
    case changeConfiguration(ConfigurationChange)
    /// Hands leadership to `to`, or to the most up-to-date voter if nil (thesis 3.10). Leader only; ignored otherwise.
    case transferLeadership(to: NodeID?)
    /// The connection from this peer closed, or a connection to it was refused.
    case peerUnreachable(NodeID)
    /// A snapshot that `Effects.snapshotsToSend` asked for has been delivered, or could not be.
    case snapshotSent(to: NodeID, lastIncluded: LogID, succeeded: Bool)
    /// The snapshot of `Effects.snapshotToInstall` is durable and in the state machine, or failed to get there. A
    /// report about any other one is ignored.
    case snapshotInstalled(lastIncluded: LogID, configuration: Configuration, succeeded: Bool)
    /// The log up to and including this entry has left the disk. Never beyond what the state machine has applied.
    case compacted(through: LogID)
    /// A server says that this one is not in the configuration that is committed at this index. Only one that was a
    /// member itself, as far as this server knows, is believed.
    case removed(at: LogIndex, by: NodeID)
    /// All that arrived in this turn has been stepped: now send what became due. The only event that emits
    /// AppendEntriesRequests, so that one turn makes at most one burst per peer.
    case turnEnded
}
