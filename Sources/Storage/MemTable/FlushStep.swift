/// What a step of `MemTableFlusher` did with the oldest table that is not in the database.
package enum FlushStep: Sendable {
    /// There is no table, or a table could not be written before.
    case nothing
    /// The table has its file.
    case wroteFile
    /// The database has too many files to take another one now.
    case waitsForCompaction
    /// The table is in the database.
    case entered
    /// The table could not be written, and nothing will be written any more.
    case failed
}
