/// A call of a `FileSystem` that failed.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Sendable {
        /// The disk, or the quota on it, is full.
        case noSpace
        case notPermitted
        case other
    }

    /// The call, as a verb with its object: "create /data/a".
    package let operation: String
    package let reason: Reason
    /// The system's words.
    package let message: String

    package init(operation: String, reason: Reason, message: String) {
        self.operation = operation
        self.reason = reason
        self.message = message
    }

    package var description: String { "\(operation): \(message)" }
}
