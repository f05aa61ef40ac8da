/// A table file that is being written, row by row. One thread.
package protocol EngineTableFile: AnyObject {
    /// Adds a row. Precondition: its key is above those of the rows before.
    func put(_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) throws(EngineError)

    /// Completes the file and syncs it. Nothing is called after this. Precondition: it has a row.
    func finish() throws(EngineError)
}
