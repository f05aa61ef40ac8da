/// A call of a `StorageEngine` that failed: which one, what kind of failure, and the engine's own words.
package struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// A checksum is wrong, a file is missing or a record makes no sense.
        case corruption
        /// A system call failed for another reason than a full disk.
        case inputOutput
        /// The disk, or the quota on it, is full.
        case noSpace
        /// Somebody else has the database open.
        case locked
        /// The look-up would need the disk, and it may not.
        case incomplete
        /// The options ask for a compression that the library was built without.
        case compressionNotLinked
        /// The library's objects are laid out otherwise than the headers say that Skiff was compiled with.
        case otherLibrary
        /// The engine was closed before the call.
        case closed
        case other
    }

    /// The call, as a verb with its object: "open a database".
    package let operation: String
    package let kind: Kind
    /// The engine's message, unchanged.
    package let message: String

    package init(operation: String, kind: Kind, message: String) {
        self.operation = operation
        self.kind = kind
        self.message = message
    }

    package var description: String { "\(operation): \(message)" }
}
