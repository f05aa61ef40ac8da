/// Consecutive entries of one term, as the core sees them: their size in bytes and nothing else of their content.
package struct EntryRun: Hashable, Sendable {
    package var term: Term
    /// Encoded size of each entry of the run, in bytes.
    package var sizes: [UInt32]

    package init(term: Term, sizes: [UInt32]) {
        self.term = term
        self.sizes = sizes
    }
}
