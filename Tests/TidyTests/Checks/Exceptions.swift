/// What breaks a rule for a reason. An entry that is no longer needed fails a test, so that the lists only get shorter.
enum Exceptions {
    /// `path name` of functions longer than 70 lines, with the lines they may have.
    static let functionLineCounts: [String: Int] = [:]

    /// Files that use `@unchecked Sendable`, `nonisolated(unsafe)` or `@preconcurrency`. Each says at the place of use
    /// which lock or thread stands in for the compiler.
    static let uncheckedConcurrency: Set<String> = [
        "Sources/ClusterSimulation/ControlPlane/ControlWorkers.swift",
        "Sources/ClusterSimulation/ControlPlane/SimulatedExecutor.swift",
        "Sources/ClusterSimulation/Disk/Model/ModelDatabase.swift",
        "Sources/ClusterSimulation/Disk/Model/ModelFamilyReader.swift",
        "Sources/ClusterSimulation/Disk/SimulatedDisk.swift",
        "Sources/ClusterSimulation/Disk/SimulatedFile.swift",
        "Sources/ClusterSimulation/Disk/SimulatedFileSystem.swift",
        "Sources/ClusterSimulation/Disk/SimulatedPlatform.swift",
        "Sources/ClusterSimulation/Nodes/Threads/IntakenSnapshot.swift",
        "Sources/ClusterSimulation/Streams/SimulatedChannel.swift",
        "Sources/ClusterSimulation/Streams/SimulatedLoop.swift",
        "Sources/ClusterSimulation/World/Confined.swift",
        "Sources/skiff-sim/CrashNote.swift",
        "Sources/HotPath/Log/BatchQueue.swift",
        "Sources/HotPath/Doors/Mailbox.swift",
        "Sources/HotPath/Threads/Monitor.swift",
        "Sources/RocksDB/ColumnFamily.swift",
        "Sources/RocksDB/Database.swift",
        "Sources/RocksDB/SpeedLimit.swift",
        "Sources/NodeControl/NodeCore.swift",
        "Sources/SkiffServer/Logging/LogWriter.swift",
        "Sources/NodeControl/Bridges/ReplicaHandle.swift",
        "Sources/NodeControl/Bridges/TransportHandle.swift",
        "Sources/NodeControl/Snapshots/Confided.swift",
        "Sources/NodeControl/Snapshots/Parting.swift",
        "Sources/Storage/Data/CapturedState.swift",
        "Sources/Storage/Data/KeyValueStore.swift",
        "Sources/Storage/Engine/RocksDB/RocksDBFamily.swift",
        "Sources/Storage/Engine/RocksDB/RocksDBSnapshot.swift",
        "Sources/Storage/Files/SystemFile.swift",
        "Sources/Storage/MemTable/ArenaPool.swift",
        "Sources/Storage/MemTable/MemTable.swift",
        "Sources/Storage/MemTable/MemTableFlusher.swift",
        "Sources/Storage/Log/RaftLogStore.swift",
    ]
}
