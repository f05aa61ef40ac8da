/// A write, read or sync of the store failed. After a failed write or sync the process must stop: nobody knows what is
/// on disk, and a later sync that succeeds proves nothing (Rebello et al., "Can Applications Recover from fsync
/// Failures?", 2020).
package struct StoreFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let operation: String
    package let message: String

    package init(operation: String, message: String) {
        self.operation = operation
        self.message = message
    }

    package var description: String { "\(operation): \(message)" }

    /// What it means that a part of the key-value data cannot be read, and what to do.
    package var sentenceOfUnreadableData: String {
        "a part of the key-value data of this node cannot be read (\(description)). As a leader it hands over; "
            + "whatever needs that part fails. Look at the disk (skiffd inspect check reads all data), and replace the "
            + "node: remove it (POST /raft/remove), and join it again with an empty directory (POST /raft/join)"
    }
}
