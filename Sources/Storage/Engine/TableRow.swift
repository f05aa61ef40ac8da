/// One key of a table file.
package struct TableRow {
    /// As the family stores it.
    package var key: UnsafeRawBufferPointer
    /// Nil for a deleted key, whose value in older files it hides.
    package var record: UnsafeRawBufferPointer?

    package init(key: UnsafeRawBufferPointer, record: UnsafeRawBufferPointer?) {
        self.key = key
        self.record = record
    }
}
