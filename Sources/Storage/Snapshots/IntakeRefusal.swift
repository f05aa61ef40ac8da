/// Why a node does not take in a chunk, or the whole of a snapshot.
package struct IntakeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The bytes are not what was sent. Ask for the chunk after `SnapshotIntake.lastKey` again.
        case damaged
        /// The chunk does not follow the one before. Ask for the chunk after `SnapshotIntake.lastKey`.
        case outOfOrder = "out_of_order"
        /// The chunk is of another snapshot. Start over with that.
        case otherSnapshot = "other_snapshot"
        /// A release that this one does not know has written the chunk or a record in it. Start a later release.
        case laterRelease = "later_release"
        /// All chunks have come, and they are not the state that the sender has. Start over.
        case wrongTotal = "wrong_total"
        /// A file of the intake could not be written: the disk is full, say. Nothing that the node has promised is in
        /// that file. Remove the files, and start over later (`message` says why).
        case disk
    }

    package let code: Code
    /// A sentence that says what is wrong.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
