/// Why a node does not send the snapshot that it was asked for, or no more of it.
package struct SnapshotRefusal: Hashable, Sendable {
    /// The raw values are on the wire.
    package enum Reason: UInt8, Sendable {
        /// It has no such snapshot, or has it no longer. Only a new announcement helps.
        case gone = 1
        /// It sends as many as it may. Ask again.
        case busy = 2
        /// It could not read it.
        case failed = 3
    }

    package var reason: Reason
    /// A sentence for the log.
    package var message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}
