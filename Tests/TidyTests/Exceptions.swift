/// What breaks a rule for a reason. An entry that is no longer needed fails a test, so that the lists only get shorter.
enum Exceptions {
    /// `path name` of functions longer than 70 lines, with the lines they may have.
    static let functionLineCounts: [String: Int] = [:]

    /// Files that use `@unchecked Sendable`, `nonisolated(unsafe)` or `@preconcurrency`. Each says at the place of use
    /// which lock or thread stands in for the compiler.
    static let uncheckedConcurrency: Set<String> = [
        "Sources/HotPath/BatchQueue.swift",
        "Sources/HotPath/Mailbox.swift",
        "Sources/HotPath/Monitor.swift",
        "Sources/RocksDB/Database.swift",
        "Sources/SkiffServer/Node.swift",
        "Sources/SkiffServer/ReplicaHandle.swift",
        "Sources/SkiffServer/TransportHandle.swift",
        "Sources/Storage/KeyValueStore.swift",
        "Sources/Storage/MemTable/ArenaPool.swift",
        "Sources/Storage/MemTable/MemTable.swift",
        "Sources/Storage/MemTable/MemTableFlusher.swift",
        "Sources/Storage/RaftLogStore.swift",
    ]
}
