/// Keys of `raft_meta`, in ASCII.
enum MetaKey: String {
    case identity
    case hardState = "hard_state"
    /// Where the log begins (`CompactionRecord`).
    case compaction
    /// Which family has the key-value data (`DataFamilyRecord`).
    case dataFamily = "data_family"
}
