internal import RaftCore

/// What the maintenance thread of a process does next for the log.
enum CompactionStage {
    case idle
    /// It makes the data durable through this entry.
    case persisting(LogIndex)
    /// The data are durable through this entry, and the replica is to cut the log off.
    case persisted(LogIndex)
    /// The replica and the log thread are at work.
    case cutting
    /// It removes the files of entries through this one, and releases those of the write-ahead log.
    case releasing(gone: LogIndex)
}
