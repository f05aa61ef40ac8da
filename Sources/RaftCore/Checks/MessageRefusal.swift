/// Why a message cannot be one of a correct server, whatever the state of its receiver.
package enum MessageRefusal: Hashable, Sendable {
    /// It is addressed to another server.
    case otherReceiver(NodeID)
    /// It names its receiver as its sender.
    case ownMessage
    /// Terms that no cluster reaches are lies or bit errors. Below the limit no arithmetic on them overflows.
    case termOutOfRange(Term)
    /// The same for indexes.
    case indexOutOfRange(LogIndex)
    /// The entries of a request do not begin right after the entry that it names as the one before them.
    case rangeOutOfPlace(LogRange, after: LogID)
    /// More or fewer entries are described than the range has.
    case entryCount(UInt64, of: LogRange)
    /// Terms never fall along a log.
    case fallingTerm(Term, after: Term)
    /// No entry is of the term before any election.
    case entryWithoutTerm
    /// A leader has no entries of a term after its own.
    case entryOfLaterTerm(Term, in: Term)
    /// Nor has it snapshots of one.
    case snapshotOfLaterTerm(LogID, in: Term)
}

extension MessageRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .otherReceiver(let id): "the message is addressed to \(id)"
        case .ownMessage: "the message says that its receiver has sent it"
        case .termOutOfRange(let term): "the message names term \(term), which no cluster reaches"
        case .indexOutOfRange(let index): "the message names index \(index), which no log reaches"
        case .rangeOutOfPlace(let range, let previous): "the entries of \(range) do not follow \(previous)"
        case .entryCount(let count, let range): "\(count) entries are described for the range \(range)"
        case .fallingTerm(let term, let previous): "an entry of term \(term) follows one of term \(previous)"
        case .entryWithoutTerm: "an entry is of term 0, in which there is no leader"
        case .entryOfLaterTerm(let term, let own): "the leader of term \(own) sends an entry of term \(term)"
        case .snapshotOfLaterTerm(let id, let own): "the leader of term \(own) offers a snapshot through \(id)"
        }
    }
}
