package import RaftCore

/// What an operator must hear of a replica.
package enum Trouble: Hashable, Sendable {
    /// This node, or as a leader another one, lost entries that it had acknowledged, or has them again.
    case dataLoss(DataLoss)
    /// The leader sends an entry that this node does not know: it knows nothing above the feature level `known`.
    case unknownEntry(UnknownEntry, known: UInt8)
    /// Members hold different data; `isOwn` if those of this node are wrong.
    case dataDiffer(Verdict, isOwn: Bool)
    /// A part of the key-value data of this node cannot be read.
    case unreadableData(StoreFailure)
    /// The disk has not answered the log thread for this time.
    case stalledLog(nanoseconds: UInt64)
}
