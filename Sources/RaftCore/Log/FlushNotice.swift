/// The report of a finished log job: how far the log and the hard state are durable.
package struct FlushNotice: Hashable, Sendable {
    /// `Raft.logEpoch` when the job was submitted. A truncation starts a new epoch, so a notice from before it cannot
    /// vouch for entries that were written over (the ABA hazard of asynchronous storage writes).
    package var epoch: UInt64
    /// The last entry of the log when the job was submitted: everything up to it is durable.
    package var lastLogID: LogID
    /// The hard state that is durable.
    package var hardState: HardState

    package init(epoch: UInt64, lastLogID: LogID, hardState: HardState) {
        self.epoch = epoch
        self.lastLogID = lastLogID
        self.hardState = hardState
    }
}
