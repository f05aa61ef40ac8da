internal import RaftCore

extension Verdict {
    /// What it means for everybody, and what to do.
    package var sentence: String {
        let names = suspects.map(\.id.name).joined(separator: ", ")
        guard isDecided else {
            return "the data of \(names) differed after entry \(comparedAt), and no majority of the voters holds the "
                + "same: nobody knows who is right. Compare a record that you know on each of them (GET with "
                + "consistency=stale), and replace those that are wrong: \(Self.replacement)"
        }
        return "\(names) held other data after entry \(comparedAt) than the majority of the voters. It serves nothing "
            + "any more; replace it: \(Self.replacement)"
    }

    /// What it means for a node that it names.
    package var sentenceOfSuspect: String {
        "this node held other data after entry \(comparedAt) than the majority of the voters, so it serves nothing any "
            + "more. Use another node, and replace this one: \(Self.replacement)"
    }

    private static let replacement =
        "remove it (POST /raft/remove), and join it again with an empty directory (POST /raft/join). Keep the old "
        + "directory until the cause is found"
}
