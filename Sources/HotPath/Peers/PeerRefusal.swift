package import KeyValue
package import RaftCore

/// Why a message of a peer is not let in.
package enum PeerRefusal: Hashable, Sendable {
    /// It says that another node has sent it than the one at the other end of its link.
    case otherSender(NodeID)
    /// No correct core has said this.
    case core(MessageRefusal)
    /// More or fewer entries came along than the message has in its range.
    case entryCount(Int, of: LogRange)
    /// An entry stands where another index is due.
    case entryOutOfPlace(LogID, at: LogIndex)
    /// Entries came along with a message that takes none.
    case strayEntries(Int)
    /// The term is so far ahead that taking it over would leave no room for elections.
    case termTooFarAhead(Term, of: Term)
    /// The snapshot is of a cluster without a voter, which could not have committed it.
    case snapshotWithoutVoters
    /// This node does not know all that a snapshot of a cluster of this feature level may hold.
    case snapshotOfLaterLevel(UInt8)
    /// The forwarded commands are not what the message says they are, or no commands at all. In an entry, a malformed
    /// command would stop every node that applies it.
    case commands(CodecError)
    /// A later release may forward what this one does not know. Whoever sent it is told that nothing was done.
    case unknownCommands(CodecError)
    /// The outcomes cover more commands than the largest burst has.
    case outcomesOutOfRange(first: Int, count: Int)
    /// A forwarded write is answered as a read, which would be shown to its user as a record.
    case outcomeOfRead

    /// No node of any release sends such a message, so nothing more on its link can be believed. Otherwise the message
    /// alone is dropped: a newer release may send what this one does not know, and a term may be far ahead without a
    /// lie.
    package var endsLink: Bool {
        switch self {
        case .otherSender, .termTooFarAhead, .snapshotOfLaterLevel, .unknownCommands:
            false
        case .core(.otherReceiver), .core(.ownMessage), .core(.snapshotOfLaterTerm):
            false
        case .core(.termOutOfRange), .core(.indexOutOfRange), .core(.rangeOutOfPlace), .core(.entryCount),
            .core(.fallingTerm), .core(.entryWithoutTerm), .core(.entryOfLaterTerm):
            true
        case .entryCount, .entryOutOfPlace, .strayEntries, .snapshotWithoutVoters, .commands, .outcomesOutOfRange,
            .outcomeOfRead:
            true
        }
    }
}

extension PeerRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .otherSender(let id): "the message says that \(id) has sent it, who is not at the other end of its link"
        case .core(let refusal): refusal.description
        case .entryCount(let count, let range): "\(count) entries came along for the range \(range)"
        case .entryOutOfPlace(let id, let index): "the entry \(id) stands where index \(index) is due"
        case .strayEntries(let count): "\(count) entries came along with a message that takes none"
        case .termTooFarAhead(let term, let own): "term \(term) is too far ahead of term \(own)"
        case .snapshotWithoutVoters: "a snapshot is of a cluster without a voter"
        case .snapshotOfLaterLevel(let level):
            "a snapshot is of feature level \(level), which this release does not know"
        case .commands(let error): "forwarded writes are malformed: \(error)"
        case .unknownCommands(let error): "forwarded writes are of a later release: \(error)"
        case .outcomesOutOfRange(let first, let count): "an answer covers \(count) commands from \(first) on"
        case .outcomeOfRead: "a forwarded write is answered as a read"
        }
    }
}
