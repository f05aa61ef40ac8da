internal import RaftCore

/// What the witness of a node says.
package struct InspectedMark: Encodable, Sendable {
    package var sequence: UInt64
    package var lastIndex: UInt64
    package var lastTerm: UInt64
    package var term: UInt64
    package var votedFor: String?
    /// The last entry that the node had acknowledged before it lost some.
    package var lostThrough: UInt64?
    package var instance: String?

    init(_ mark: WitnessMark) {
        sequence = mark.sequence
        lastIndex = mark.last.index.rawValue
        lastTerm = mark.last.term.rawValue
        term = mark.currentTerm.rawValue
        votedFor = mark.votedFor?.name
        lostThrough = mark.lostData?.acknowledged.index.rawValue
        instance = mark.instance.map { "\($0)" }
    }

    var text: String {
        let vote = votedFor.map { "voted for \($0)" } ?? "no vote"
        let loss = lostThrough.map { ", entries through \($0) were lost" } ?? ""
        return "the log held entry \(lastIndex) of term \(lastTerm); term \(term), \(vote)\(loss); mark \(sequence)"
    }
}
