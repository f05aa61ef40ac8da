internal import CRocksDB

/// A call of RocksDB that failed: which one, what kind of failure, and RocksDB's own words.
package struct RocksDBError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Read from the start of the message, or from its text where RocksDB has no code for it.
    package enum Kind: String, Hashable, Sendable {
        /// A checksum is wrong, a file is missing or a record makes no sense.
        case corruption
        /// A system call failed for another reason than the two below.
        case ioError
        /// The disk, or the quota on it, is full.
        case noSpace
        /// Another database handle, of this process or another, has the directory open.
        case locked
        /// An option, a name or an argument is wrong.
        case invalidArgument
        /// An option asks for a compression that the library was built without.
        case compressionNotLinked
        case notFound
        case notSupported
        case busy
        case timedOut
        case aborted
        case incomplete
        case shutdownInProgress
        case columnFamilyDropped
        /// The library's objects are laid out otherwise than the headers say that Skiff was compiled with.
        case otherLibrary
        /// The `Database` was closed before the call.
        case closed
        case other
    }

    /// The call, as a verb with its object: "open a database".
    package let operation: String
    package let kind: Kind
    /// RocksDB's message, unchanged.
    package let message: String

    package init(operation: String, kind: Kind, message: String) {
        self.operation = operation
        self.kind = kind
        self.message = message
    }

    package static func otherLibrary(for operation: String) -> RocksDBError {
        RocksDBError(
            operation: operation, kind: .otherLibrary,
            message: "the installed RocksDB library differs from the headers that Skiff was compiled with")
    }

    package var description: String { "\(operation): \(message)" }

    /// Takes over a message that the C API allocated, and frees it.
    init(operation: StaticString, taking message: UnsafeMutablePointer<CChar>) {
        let text = String(cString: message)
        rocksdb_free(message)
        self.init(operation: operation.description, kind: Kind(of: text), message: text)
    }
}

/// Makes one call of the C API and turns its error message, if it has one, into an error.
func calling<Result>(
    _ operation: StaticString, _ call: (inout UnsafeMutablePointer<CChar>?) -> Result
) throws(RocksDBError) -> Result {
    var message: UnsafeMutablePointer<CChar>?
    let result = call(&message)
    if let message { throw RocksDBError(operation: operation, taking: message) }
    return result
}
