internal import Programs

/// Conditions that the program creates in its own process before it does anything.
enum StartConditions {
    /// Raises the limit of open files as far as it goes. Returns a sentence if that is not far enough for this
    /// many connections.
    static func allowConnections(_ count: Int) -> String? {
        // Threads, reports, questions for the leader, and what the libraries open.
        let needed = count + 64
        let limit = OpenFiles.raiseLimit()
        guard limit < needed else { return nil }
        return "--connections \(count) needs \(needed) open files, and the limit is \(limit); see ulimit -n"
    }
}
