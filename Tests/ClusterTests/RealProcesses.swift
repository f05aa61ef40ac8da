import Testing

/// All tests of this target, one after the other, because each keeps the machine busy with three servers.
@Suite("Real processes", .serialized, .compactMapIssues(NodeLogs.appendTails))
enum RealProcesses {}
