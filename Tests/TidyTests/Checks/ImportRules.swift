/// Who may import whom: the arrows of the architecture, which point inwards only.
enum ImportRules {
    /// Modules of the toolchain that describe the machine or the language and no subject of ours.
    private static let platform: Set<String> = ["Glibc", "Synchronization"]

    private static let nio: Set<String> = [
        "NIOCore", "NIOPosix", "NIOHTTP1", "NIOConcurrencyHelpers", "DequeModule", "Logging",
    ]

    /// For each module below `Sources`, what it may import apart from the platform.
    static let allowed: [String: Set<String>] = [
        "RaftCore": [],
        "KeyValue": [],
        "Bytes": [],
        "HotPath": ["RaftCore", "KeyValue", "Bytes", "NIOCore", "NIOConcurrencyHelpers", "DequeModule"],
        "Accepting": ["NIOCore"],
        "ClusterControl": ["KeyValue", "Bytes", "NIOCore"],
        "CRocksDB": [],
        "CRocksDBAdditions": [],
        "RocksDB": ["CRocksDB", "CRocksDBAdditions"],
        "Storage": [
            "RaftCore", "HotPath", "KeyValue", "Bytes", "ClusterControl", "RocksDB", "NIOCore", "NIOConcurrencyHelpers",
        ],
        "PeerTransport": nio.union(["RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Accepting"]),
        "HTTPAPI": nio.union([
            "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Accepting", "FoundationEssentials",
        ]),
        "NodeControl": [
            "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Storage", "PeerTransport", "NIOCore",
            "Logging",
        ],
        "SkiffServer": nio.union([
            "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Storage", "PeerTransport", "HTTPAPI",
            "NodeControl", "Accepting", "Programs", "Configuration", "ServiceLifecycle", "UnixSignals",
        ]),
        "ClusterSimulation": [
            "RaftCore", "HotPath", "KeyValue", "Bytes", "ClusterControl", "Storage", "PeerTransport", "NodeControl",
            "NIOCore", "NIOConcurrencyHelpers", "Logging", "Dispatch",
        ],
        "LoadGenerator": [
            "Bytes", "NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "DequeModule", "Histogram", "FoundationEssentials",
        ],
        "Programs": ["Bytes", "ArgumentParser"],
        "skiff": ["LoadGenerator", "Programs", "ArgumentParser", "UnixSignals", "Foundation", "FoundationEssentials"],
        "skiff-sim": ["ClusterSimulation", "RaftCore", "HotPath", "Programs", "Bytes", "ArgumentParser"],
        "skiffd": [
            "SkiffServer", "Storage", "Programs", "Bytes", "ArgumentParser", "Logging", "Foundation",
            "FoundationEssentials",
        ],
    ]

    /// The consensus algorithm, the codecs and the small tools are pure: not even the platform is theirs.
    static let pure: Set<String> = ["RaftCore", "KeyValue", "Bytes"]

    private static let accesses: Set<Substring> = ["package", "internal", "public", "private", "fileprivate"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "func", "protocol", "typealias", "var", "let",
    ]

    /// The module that the line imports; nil if it imports none.
    static func imported(by line: Substring) -> String? {
        guard line.holds("import ") else { return nil }
        var words = line.split(separator: " ")[...]
        while let word = words.first, word.hasPrefix("@") || accesses.contains(word) { words = words.dropFirst() }
        guard words.popFirst() == "import" else { return nil }
        if let word = words.first, kinds.contains(word) { words = words.dropFirst() }
        return words.first.map { String($0.prefix { $0 != "." }) }
    }

    /// Sentences about imports that break a rule.
    static func violations(of file: SourceFile) -> [String] {
        let module = String(file.module)
        guard let allowed = allowed[module] else {
            return ["\(file.path): the module \(module) has no import rules; add them to ImportRules"]
        }
        var violations: [String] = []
        for (index, line) in file.codeLines.enumerated() {
            guard let name = imported(by: line), !allowed.contains(name) else { continue }
            if platform.contains(name), !pure.contains(module) { continue }
            violations.append("\(file.path):\(index + 1): \(module) must not import \(name)")
        }
        return violations
    }
}
