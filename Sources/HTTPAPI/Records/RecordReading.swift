/// Reads records on threads that may wait for the disk. `RecordReads` in a server; tests read when they want to.
protocol RecordReading: Sendable {
    /// Fills in the results and hands each read to `done` once, in portions, on any thread.
    func read(_ reads: [RecordRead], _ done: @escaping @Sendable ([RecordRead]) -> Void)
}
