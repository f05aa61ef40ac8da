internal import RaftCore

/// "A linearizable read must not return stale data" (thesis, 6.4): whatever was committed anywhere when a read was
/// asked for lies at or below the index at which it is served.
enum ReadsAreFresh {
    static func breach(of read: ReadyRead, askedAfter floor: LogIndex, by process: any WatchedProcess) -> String? {
        guard read.index < floor else { return nil }
        return "\(process.id) serves a read at \(read.index) that began after \(floor) was committed"
    }
}
