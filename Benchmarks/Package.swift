// swift-tools-version: 6.2

// The package of the benchmarks, apart from that of the product, which must not depend on the libraries used here.
//
//   swift build --configuration release --product BareServer     the ceiling that Cluster/compare measures against
//   swift package benchmark --grouping metric                    all micro-benchmarks in Micro, in one table
//   swift package benchmark --grouping metric --filter 'Log.*'   those whose whole names match
//   swift package benchmark list                                 their names
//
// The modules of the product are compiled here once more, from the same files (`Modules` is a link to `Sources`),
// because the benchmarks call declarations with `package` access.

import PackageDescription

/// As in the package of the product.
let strictness: [SwiftSetting] = [
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Makes internal declarations visible to `@testable import`, in a release build too.
let testable: [SwiftSetting] = [.unsafeFlags(["-enable-testing"])]

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let locks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "skiff-benchmarks",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/ordo-one/benchmark.git", from: "1.38.1", traits: []),
    ],
    targets: [
        // MARK: Modules of the product
        .target(name: "RaftCore", path: "Modules/RaftCore"),
        .target(name: "KeyValue", path: "Modules/KeyValue"),
        .target(name: "Bytes", path: "Modules/Bytes"),
        .target(
            name: "HotPath", dependencies: ["RaftCore", "KeyValue", "Bytes", nio, locks, deque],
            path: "Modules/HotPath"),
        .target(name: "Accepting", dependencies: [nio], path: "Modules/Accepting"),
        .target(name: "ClusterControl", dependencies: ["KeyValue", nio], path: "Modules/ClusterControl"),
        .systemLibrary(
            name: "CRocksDB", path: "Modules/CRocksDB", pkgConfig: "rocksdb",
            providers: [.apt(["librocksdb-dev"]), .brew(["rocksdb"])]),
        .target(
            name: "CRocksDBAdditions", dependencies: ["CRocksDB"], path: "Modules/CRocksDBAdditions",
            cxxSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "RocksDB", dependencies: ["CRocksDB", "CRocksDBAdditions"], path: "Modules/RocksDB"),
        .target(
            name: "Storage",
            dependencies: ["RaftCore", "HotPath", "KeyValue", "Bytes", "ClusterControl", "RocksDB", nio, locks],
            path: "Modules/Storage"),
        .target(
            name: "PeerTransport",
            dependencies: [
                "RaftCore", "KeyValue", "Bytes", "HotPath", "ClusterControl", "Accepting", nio, nioPosix, locks, deque,
                logging,
            ],
            path: "Modules/PeerTransport", swiftSettings: testable),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "KeyValue", "Bytes", "HotPath", "ClusterControl", "Accepting", nio, nioPosix, nioHTTP1, locks, deque,
                logging,
            ],
            path: "Modules/HTTPAPI", swiftSettings: testable),

        // MARK: Programs
        .executableTarget(name: "BareServer", dependencies: ["HTTPAPI", nio, nioPosix], path: "Cluster/BareServer"),
        .executableTarget(
            name: "Micro",
            dependencies: [
                "RaftCore", "KeyValue", "HotPath", "ClusterControl", "Storage", "PeerTransport", "HTTPAPI", nio,
                nioEmbedded,
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Micro",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ],
    swiftLanguageModes: [.v6],
    // Of the headers of RocksDB.
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system && target.cxxSettings == nil {
    target.swiftSettings = (target.swiftSettings ?? []) + strictness
}
