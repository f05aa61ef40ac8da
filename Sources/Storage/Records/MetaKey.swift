/// Keys of `raft_meta`, in ASCII.
enum MetaKey: String {
    case identity
    case hardState = "hard_state"
    case dataFamily = "data_family"
}
