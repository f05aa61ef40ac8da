internal import RaftCore

/// A snapshot on its way, which travels apart from the messages: what it stands for, and its bytes.
struct Snapshot {
    let message: Message
    let request: InstallSnapshotRequest
    /// The numbers of the nodes, and the life of the process that sends it.
    let from: Int
    let to: Int
    let life: UInt32
    /// The session of the link when it left.
    let session: UInt64
    let state: KeyValueState
    /// Nobody waits to learn whether it arrives.
    var isCopy = false

    var sender: NodeID { message.from }
}
