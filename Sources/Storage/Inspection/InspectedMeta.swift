internal import RaftCore

/// What a directory says of its node.
package struct InspectedMeta: Encodable, Sendable {
    /// An entry of the log.
    package struct Position: Encodable, Sendable {
        package var index: UInt64
        package var term: UInt64

        init(_ id: LogID) { (index, term) = (id.index.rawValue, id.term.rawValue) }
        init(_ entry: InspectedEntry) { (index, term) = (entry.index, entry.term) }

        var text: String { "entry \(index) of term \(term)" }
    }

    package var directory: String
    package var usedBy: String?
    /// The lines of `skiff.node`.
    package var marker: [String] = []
    package var nodeID: String?
    package var clusterID: String?
    package var instance: String?
    package var term: UInt64?
    package var votedFor: String?
    package var lostAcknowledged: Position?
    package var lossFoundInTerm: UInt64?
    /// The last entry that has left the log; nil if it has its first entry.
    package var compacted: Position?
    /// The members as of `compacted`, each with its role.
    package var baseMembers: [String]?
    package var lastEntry: Position?
    package var applied: Position?
    package var revision: UInt64?
    /// The column family with the data, if it came with a snapshot.
    package var dataFamily: String?
    package var witness: InspectedMark?
    package var problems: [String] = []

    init(directory: String) { self.directory = directory }

    /// What of the log the data on disk do not have yet, in a sentence; nil if nothing.
    package var notApplied: String? {
        let first = (applied?.index ?? 0) + 1
        guard let last = lastEntry?.index, first <= last else { return nil }
        return "entries \(first) through \(last) of the log are not in the data on disk; a start applies them"
    }

    /// The same for people, a line each.
    package var lines: [String] {
        var lines: [(String, String)] = [("directory", directory)]
        if let usedBy { lines.append(("used by", "\(usedBy); what it changes from now on is not shown")) }
        lines.append(("marker", marker.isEmpty ? "none" : marker.joined(separator: ", ")))
        lines.append(("node", nodeID ?? "no history yet"))
        if let clusterID { lines.append(("cluster", clusterID)) }
        if let instance { lines.append(("instance", instance)) }
        lines.append(("term", term.map { "\($0), \(votedFor.map { "voted for \($0)" } ?? "no vote")" } ?? "none"))
        if let lostAcknowledged, let lossFoundInTerm {
            lines.append(("lost", "had acknowledged \(lostAcknowledged.text), found in term \(lossFoundInTerm)"))
        }
        if let compacted { lines.append(("compacted", "the log begins after \(compacted.text)")) }
        lines.append(("log", lastEntry.map { "ends at \($0.text)" } ?? "empty"))
        lines.append(("data", applied.map { "applied through \($0.text), revision \(revision ?? 0)" } ?? "empty"))
        if let dataFamily { lines.append(("", "in the column family \(dataFamily), as of a snapshot")) }
        if let notApplied { lines.append(("", notApplied)) }
        lines.append(("witness", witness?.text ?? "unreadable"))
        lines += problems.map { ("PROBLEM", $0) }
        return lines.map { name, text in name + String(repeating: " ", count: 11 - name.count) + text }
    }
}
