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
}
