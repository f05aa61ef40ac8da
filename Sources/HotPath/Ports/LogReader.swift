package import RaftCore

/// Reads ranges of the log off the loop and posts a `LogRead` to the replica's mailbox when done.
package protocol LogReader: AnyObject {
    func read(_ range: LogRange, bytesMax: Int, id: UInt64)
}

/// The answer to `LogReader.read`.
package struct LogRead: Sendable {
    /// As given to `LogReader.read`.
    package var id: UInt64
    package var entries: [Entry]

    package init(id: UInt64, entries: [Entry]) {
        self.id = id
        self.entries = entries
    }
}
