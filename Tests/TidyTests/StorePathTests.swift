import Testing

/// The loops answer handshakes and messages of peers, so nothing that they reach may wait for the disk.
@Suite("Loops keep away from the store")
struct StorePathTests {
    /// The files of a node that may know `Storage`: they open and close it, turn settings into its options, or ask
    /// it on the maintenance thread.
    private static let knowing: Set<String> = [
        "Sources/NodeControl/Bridges/OwnHistory.swift",
        "Sources/NodeControl/LogMaintenance.swift",
        "Sources/NodeControl/NodeCore.swift",
        "Sources/NodeControl/NodeSettings.swift",
        "Sources/NodeControl/NodeStore+Founding.swift",
        "Sources/NodeControl/Snapshots/IntakeSink.swift",
        "Sources/NodeControl/Snapshots/NodeSnapshots+Source.swift",
        "Sources/NodeControl/Snapshots/NodeSnapshots.swift",
        "Sources/NodeControl/Snapshots/TakenSnapshot.swift",
        "Sources/SkiffServer/Configuration/ServerConfiguration+Adapters.swift",
        "Sources/SkiffServer/Lifecycle/Node.swift",
        "Sources/SkiffServer/Lifecycle/NodeService.swift",
        "Sources/SkiffServer/Lifecycle/NodeThreads.swift",
        "Sources/SkiffServer/Lifecycle/StoreOpening.swift",
    ]

    @Test("Only the files that open it, or that hand its work to a thread, import the store")
    func imports() {
        let files = SourceTree.shared.sources.filter {
            ["NodeControl", "SkiffServer"].contains($0.module) && Self.knowsStore($0)
        }
        let paths = Set(files.map(\.path))

        Offences.forbid(paths.subtracting(Self.knowing).sorted(), "ask through OwnHistory, on its thread")
        Offences.forbid(Self.knowing.subtracting(paths).sorted(), "on the list without need")
    }

    @Test(
        "These ask the store on the maintenance thread only, but for what it keeps in memory",
        arguments: ["/OwnHistory.swift", "/LogMaintenance.swift", "/NodeSnapshots.swift"])
    func thread(name: String) throws {
        let file = try #require(SourceTree.shared.sources.first { $0.path.hasSuffix(name) })

        Offences.forbid(Self.directUses(in: file), "put it into the closure of run(on:)")
    }

    @Test("A call past the thread would be found")
    func directUse() {
        let file = SourceFile(
            path: "OwnHistory.swift",
            text: """
                internal import Storage
                var clusterID: ClusterID? { store.facts.clusterID }
                func count() { pool.run(on: loop) { [store] in
                    try store.isEmpty()
                } }
                func wrong() -> Bool {
                    store.isEmpty()
                }
                """)

        #expect(Self.knowsStore(file))
        #expect(Self.directUses(in: file) == ["OwnHistory.swift:7"])
    }

    private static func knowsStore(_ file: SourceFile) -> Bool {
        file.codeLines.contains { ImportRules.imported(by: $0) == "Storage" }
            || !file.places(ofAny: ["NodeStore"]).isEmpty
    }

    /// Lines that use the store outside of a closure for the thread, which captures it by name.
    private static func directUses(in file: SourceFile) -> [String] {
        var uses: [String] = []
        var depth = 0
        var depthOfThread: Int?
        for (index, line) in file.codeLines.enumerated() {
            if line.contains("[store]") { depthOfThread = depth }
            depth += line.count { $0 == "{" } - line.count { $0 == "}" }
            let isOnThread = depthOfThread.map { depth > $0 } ?? false
            if !isOnThread { depthOfThread = nil }
            let isUse = line.contains("store.") && !line.contains("store.facts.") && !line.contains("self.store")
            if isUse, !isOnThread { uses.append("\(file.path):\(index + 1)") }
        }
        return uses
    }
}
