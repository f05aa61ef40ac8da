package import KeyValue
package import RaftCore

/// Where committed commands take effect.
package protocol StateMachine: AnyObject, Sendable {
    /// Applies consecutive committed entries, of all kinds, as one atomic batch that includes the new applied index,
    /// and appends one result per command to `results`. Deterministic. Apply thread only.
    func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure)
    /// The index of the last entry applied, 0 if none. Any thread.
    var appliedIndex: LogIndex { get }
    /// The verdicts on members whose data differ, as the applied entries say. Any thread.
    var verdicts: [Verdict] { get }
    /// The revision of the last change applied. Any thread.
    var revision: UInt64 { get }
}
