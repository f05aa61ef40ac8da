/// Who can make the digest of a node's data.
package protocol StateDigester: AnyObject, Sendable {
    /// The digest of what is applied now. Reads everything, and takes as long; entries are applied meanwhile.
    /// `mayContinue` is asked now and then: once it says no, there is nothing but nil. Any thread that may block.
    func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest?
}
