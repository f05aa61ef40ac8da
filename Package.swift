// swift-tools-version: 6.2

import PackageDescription

// MARK: Settings applied to every target

/// Each module compiles in Swift 6 mode; a warning stops the build, and a member is visible only where its module is
/// imported.
let strictness: [SwiftSetting] = [
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// MARK: Dependencies

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let locks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "skiff",
    products: [
        .executable(name: "skiffd", targets: ["skiffd"]),
        .executable(name: "skiff", targets: ["skiff"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration.git", exact: "1.4.0",
            traits: ["YAML"]),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", exact: "0.2.0"),
    ],
    targets: [
        // MARK: Pure
        .target(name: "RaftCore"),
        .target(name: "KeyValue"),
        .target(name: "Bytes"),

        // MARK: Hot path
        .target(name: "HotPath", dependencies: ["RaftCore", "KeyValue", "Bytes", nio, locks, deque]),

        // MARK: Sockets
        .target(name: "Accepting", dependencies: [nio]),

        // MARK: Control plane
        .target(name: "ClusterControl", dependencies: ["KeyValue", "Bytes", nio]),

        // MARK: Adapters
        .systemLibrary(
            name: "CRocksDB", pkgConfig: "rocksdb",
            providers: [.apt(["librocksdb-dev"]), .brew(["rocksdb"])]),
        .target(
            name: "CRocksDBAdditions", dependencies: ["CRocksDB"], cxxSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "RocksDB", dependencies: ["CRocksDB", "CRocksDBAdditions"]),
        .target(
            name: "Storage",
            dependencies: ["RaftCore", "HotPath", "KeyValue", "Bytes", "ClusterControl", "RocksDB", nio, locks]),
        .target(
            name: "PeerTransport",
            dependencies: [
                "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Accepting", nio, nioPosix, locks, deque,
                logging,
            ]),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "KeyValue", "Bytes", "HotPath", "ClusterControl", "Accepting", nio, nioPosix, nioHTTP1, locks, deque,
                logging,
            ]),

        // MARK: A node without threads
        .target(
            name: "NodeControl",
            dependencies: [
                "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Storage", "PeerTransport", nio, logging,
            ]),

        // MARK: Composition and executables
        .target(name: "Programs", dependencies: ["Bytes", argumentParser]),
        .target(
            name: "SkiffServer",
            dependencies: [
                "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Storage", "PeerTransport", "HTTPAPI",
                "NodeControl", "Accepting", "Programs", nio, nioPosix, locks, logging, configuration, lifecycle,
                signals,
            ]),
        .target(name: "LoadGenerator", dependencies: ["Bytes", nio, nioPosix, locks, deque, histogram]),
        .executableTarget(name: "skiff", dependencies: ["LoadGenerator", "Programs", argumentParser, signals]),
        .executableTarget(
            name: "skiffd", dependencies: ["SkiffServer", "Storage", "Programs", "Bytes", argumentParser, logging]),

        // MARK: Simulation
        .target(
            name: "ClusterSimulation",
            dependencies: [
                "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Storage", "PeerTransport", "NodeControl",
                nio, locks, logging,
            ]),
        .executableTarget(
            name: "skiff-sim",
            dependencies: ["ClusterSimulation", "RaftCore", "HotPath", "Programs", "Bytes", argumentParser]),

        // MARK: Tests
        .target(name: "Seeds", path: "Tests/Support/Seeds"),
        .testTarget(name: "RaftCoreTests", dependencies: ["RaftCore", "Seeds"], resources: [.copy("Scenarios")]),
        .testTarget(name: "KeyValueTests", dependencies: ["KeyValue"]),
        .testTarget(name: "BytesTests", dependencies: ["Bytes"]),
        .testTarget(
            name: "HotPathTests", dependencies: ["HotPath", "RaftCore", "KeyValue", "Bytes", "Seeds", nio, locks]),
        .testTarget(name: "AcceptingTests", dependencies: ["Accepting", "Programs", nio, nioPosix, nioEmbedded]),
        .testTarget(name: "ClusterControlTests", dependencies: ["ClusterControl", "KeyValue", nio]),
        .testTarget(name: "RocksDBTests", dependencies: ["RocksDB"]),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Storage", "RocksDB", "HotPath", "ClusterControl", "RaftCore", "KeyValue", "Bytes", nio],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "ClusterSimulationTests",
            dependencies: [
                "ClusterSimulation", "skiff-sim", "Storage", "PeerTransport", "RocksDB", "HotPath", "ClusterControl",
                "RaftCore", "KeyValue", "Bytes", nio, logging,
            ],
            resources: [.copy("Scenarios")]),
        .testTarget(
            name: "PeerTransportTests",
            dependencies: [
                "PeerTransport", "KeyValue", "Bytes", "HotPath", "ClusterControl", "RaftCore", "Seeds", nio, nioPosix,
                nioEmbedded, logging,
            ]),
        .testTarget(
            name: "HTTPAPITests",
            dependencies: [
                "HTTPAPI", "HotPath", "ClusterControl", "KeyValue", "Bytes", "RaftCore", "Accepting", nio, nioPosix,
                nioEmbedded, logging,
            ]),
        .testTarget(
            name: "ProgramsTests",
            dependencies: ["Programs", "skiffd", "skiff", "LoadGenerator", "Bytes", argumentParser]),
        .testTarget(
            name: "NodeControlTests",
            dependencies: [
                "NodeControl", "RaftCore", "HotPath", "Bytes", "PeerTransport", "ClusterControl", "Storage", "KeyValue",
                nio, nioPosix, nioEmbedded, logging,
            ]),
        .testTarget(
            name: "SkiffServerTests",
            dependencies: [
                "SkiffServer", "skiffd", "RaftCore", "HotPath", "Bytes", "PeerTransport", "HTTPAPI", "ClusterControl",
                "Programs", argumentParser, logging,
            ]),
        .testTarget(
            name: "LoadGeneratorTests",
            dependencies: ["LoadGenerator", "Bytes", nio, nioPosix, nioEmbedded, histogram]),
        .testTarget(name: "ClusterTests", dependencies: ["skiffd", "skiff", "Programs", "Bytes", "Seeds"]),
        .testTarget(name: "TidyTests"),
    ],
    swiftLanguageModes: [.v6],
    // Of the headers of RocksDB.
    cxxLanguageStandard: .cxx17
)

// Bugs that the simulation must find can be switched on in debug builds, and in builds that define it themselves.
for target in package.targets
where [
    "RaftCore", "HotPath", "Storage", "PeerTransport", "ClusterSimulation", "ClusterSimulationTests",
].contains(target.name) {
    target.swiftSettings = [.define("MUTANTS", .when(configuration: .debug))]
}

for target in package.targets where target.type != .system && target.cxxSettings == nil {
    target.swiftSettings = (target.swiftSettings ?? []) + strictness
}
