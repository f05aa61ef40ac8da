/// Why a text cannot be the id of a node. One rule for `RAFT_NODE_ID`, for the host name in its place, and for what a
/// joiner calls itself: a node id stands in commands, in logs and in JSON, and must read the same everywhere.
package struct NodeIDFlaw: Hashable {
    package static let bytesMax = 255

    package let reason: String

    /// Nil if there is none.
    package init?(in text: String) {
        if text.isEmpty {
            reason = "the node id is empty"
        } else if text.utf8.count > Self.bytesMax {
            reason = "the node id has \(text.utf8.count) bytes"
        } else if !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            reason = "the node id has a space or a character that is not printable ASCII"
        } else if let mark = text.first(where: { "\"'`\\".contains($0) }) {
            // A shell, a unit file or a YAML author put it around the name.
            reason = "the node id has the character \(mark), which surrounds names and is no part of them"
        } else {
            return nil
        }
    }
}
