/// A state machine as a `StateComparer` reads it.
package protocol ComparableState: AnyObject, Sendable {
    /// The state of now within a range. Never waits for the disk. Apply thread only, so that the state is that after
    /// the last entry.
    func capture(_ range: KeyRange) throws(StoreFailure) -> any StateCapture

    /// The first key after about `bytes` bytes of records from `start` on, as an `end` of a range; empty if there are
    /// fewer. Which key it is has no meaning but that of a size. Stops early, with any key, once `mayContinue` says no.
    /// Any thread that may block.
    func endOfRange(from start: [UInt8], bytes: Int, while mayContinue: () -> Bool) throws(StoreFailure) -> [UInt8]
}

/// A part of the state after one entry. It keeps memory and files that would be free otherwise, so let go of it soon.
/// One thread at a time.
package protocol StateCapture: AnyObject, Sendable {
    /// The digest of the range. Reads all of it; `mayContinue` is asked now and then, and once it says no, there is
    /// nothing but nil. May block.
    func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest?
}
