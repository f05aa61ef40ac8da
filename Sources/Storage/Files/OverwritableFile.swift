/// An open file of a fixed size whose bytes are replaced in place. One thread at a time.
package protocol OverwritableFile: AnyObject, Sendable {
    /// Replaces bytes at `offset`. They outlive the process once this has returned. A process that dies meanwhile, and
    /// a loss of power without a `sync` in between, leave the new bytes, those of before, or a mixture of the two.
    /// Precondition: the file is that long.
    func overwrite(at offset: Int, with bytes: UnsafeRawBufferPointer) throws(FileError)

    /// Returns when all bytes are durable.
    func sync() throws(FileError)
}
