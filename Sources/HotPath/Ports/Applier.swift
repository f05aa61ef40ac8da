package import RaftCore

/// Takes committed ranges in order, applies them, posts completions to the sinks and the applied index to the mailbox.
package protocol Applier: AnyObject {
    func submit(_ job: ApplyJob)
}

/// Committed entries on their way into the state machine.
package struct ApplyJob: Sendable {
    /// Who waits for the commands of one entry: a tag per command, in order.
    package struct Waiters: Sendable {
        package var index: LogIndex
        package var tags: [RequestTag]
        /// The room that the commands took of this node's `Admission`: given back with the answers.
        package var admittedCommands: Int
        package var admittedBytes: Int

        package init(index: LogIndex, tags: [RequestTag], admittedCommands: Int, admittedBytes: Int) {
            self.index = index
            self.tags = tags
            self.admittedCommands = admittedCommands
            self.admittedBytes = admittedBytes
        }
    }

    package var range: LogRange
    /// The entries of `range` from memory; empty if they must be read from the log (after a restart).
    package var entries: [Entry]
    /// Ordered by index.
    package var waiters: [Waiters]

    package init(range: LogRange, entries: [Entry], waiters: [Waiters]) {
        self.range = range
        self.entries = entries
        self.waiters = waiters
    }
}
