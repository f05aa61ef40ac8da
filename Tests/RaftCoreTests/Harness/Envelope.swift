internal import RaftCore

/// A message on its way, with what travels along.
struct Envelope {
    var message: Message
    /// Those of an AppendEntriesRequest.
    var entries: [LogEntry] = []
    /// That of an InstallSnapshotRequest.
    var machine: Machine?
}

extension Envelope {
    /// The message with its runs and configurations filled in, as a receiver's adapter does.
    var described: Message {
        guard case .appendEntriesRequest(var request) = message.body else { return message }
        request.runs = entries.runs
        request.configurations = entries.configurations
        var described = message
        described.body = .appendEntriesRequest(request)
        return described
    }
}
