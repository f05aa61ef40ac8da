internal import HotPath
internal import RaftCore

/// Whoever carries out what a core asks for has the log that the core believes to have, entry by entry.
enum WholeLog {
    static func breach(by process: any WatchedProcess) -> String? {
        let last = process.shadow.last
        guard process.lastLogID != last else { return nil }
        return "the log of \(process.id) ends at \(last), and its core's at \(process.lastLogID)"
    }
}
