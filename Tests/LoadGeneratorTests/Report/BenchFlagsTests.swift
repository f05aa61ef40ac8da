import Bytes
import Testing

@testable import LoadGenerator

@Suite("Flags become a plan")
struct BenchFlagsTests {
    private func flags(_ change: (inout BenchFlags) -> Void) -> BenchFlags {
        var flags = BenchFlags()
        change(&flags)
        return flags
    }

    @Test("Without a flag there is a plan that puts load on one local server")
    func defaults() throws {
        let plan = try BenchFlags().plan()

        #expect(plan.endpoints == [HostAndPort(host: "127.0.0.1", port: 2221)])
        #expect(plan.mix == [WeightedOperation(.put, weight: 1)])
        #expect(plan.rate == nil)
        #expect(plan.ending == .after(.seconds(10)))
        #expect(plan.keyCount == 100_000)
        #expect(!plan.fillsFirst)
    }

    @Test("Every flag arrives in the plan")
    func everyFlag() throws {
        let plan = try flags {
            $0.endpoints = ":1,:2"
            $0.spread = "leader"
            $0.mix = "batch=1"
            $0.keys = "5k"
            $0.keyPrefix = "bench/"
            $0.distribution = "sequential"
            $0.valueSize = "64-128"
            $0.batchSize = "20"
            $0.isAtomic = true
            $0.consistency = "stale"
            $0.connections = "8"
            $0.pipeline = "4"
            $0.rate = "2k"
            $0.warmup = "0"
            $0.requests = "10k"
            $0.threads = "2"
            $0.seed = "7"
            $0.timeout = "1s"
            $0.fillsFirst = true
            $0.verifies = true
        }.plan()

        #expect(plan.endpoints.map(\.port) == [1, 2])
        #expect(plan.spread == .leader)
        #expect(plan.mix == [WeightedOperation(.batch, weight: 1)])
        #expect(plan.keyCount == 5_000)
        #expect(plan.keyPrefix == "bench/")
        #expect(plan.keys == .sequential)
        #expect(plan.valueSize == .range(64...128))
        #expect(plan.batchSize == 20)
        #expect(plan.batchIsAtomic)
        #expect(plan.consistency == .stale)
        #expect(plan.connections == 8)
        #expect(plan.pipeline == 4)
        #expect(plan.rate == 2_000)
        #expect(plan.warmup == .zero)
        #expect(plan.ending == .afterRequests(10_000))
        #expect(plan.threads == 2)
        #expect(plan.seed == 7)
        #expect(plan.timeout == .seconds(1))
        #expect(plan.fillsFirst)
        #expect(plan.verifies)
    }

    @Test(
        "The workloads of YCSB fill first and keep their distributions",
        arguments: [
            ("a", KeyPattern.zipfian(theta: 0.99), ["get": 50.0, "put": 50]),
            ("B", .zipfian(theta: 0.99), ["get": 95, "put": 5]),
            ("c", .zipfian(theta: 0.99), ["get": 100]),
            ("d", .latest, ["get": 95, "insert": 5]),
            ("f", .zipfian(theta: 0.99), ["get": 50, "rmw": 50]),
        ])
    func presets(name: String, keys: KeyPattern, mix: [String: Double]) throws {
        let plan = try flags { $0.workload = name }.plan()

        #expect(plan.keys == keys)
        #expect(Dictionary(uniqueKeysWithValues: plan.mix.map { ($0.kind.rawValue, $0.weight) }) == mix)
        #expect(plan.fillsFirst)
    }

    @Test("Filling and the distribution of a workload can be overruled")
    func overruled() throws {
        let plan = try flags {
            $0.workload = "a"
            $0.fillsFirst = false
            $0.distribution = "uniform"
        }.plan()

        #expect(!plan.fillsFirst)
        #expect(plan.keys == .uniform)
    }

    @Test("Contradicting flags are refused with one line")
    func contradictions() {
        expect("--mix and --workload exclude each other: a workload is a mix with a name") {
            $0.mix = "get=1"
            $0.workload = "a"
        }
        expect("--duration and --requests exclude each other: a run has one end") {
            $0.duration = "1s"
            $0.requests = "1"
        }
        expect("--pipeline '0': must be 1 to 4,096") { $0.pipeline = "0" }
        expect("--warmup '-1s': a duration cannot be negative") { $0.warmup = "-1s" }
        expect("--duration '0': must be above 0") { $0.duration = "0" }
        expect("--timeout '0s': must be above 0") { $0.timeout = "0s" }
        expect("--rate '0': a rate must be above 0; leave --rate out for a closed loop") { $0.rate = "0" }
        expect("--seed '-1': expected a whole number from 0 to 2^64 - 1") { $0.seed = "-1" }
        expect("--target 'redis': expected one of skiff, raft-sample, etcd") { $0.target = "redis" }
        expect("--threads 9 is more than --connections 8") {
            $0.threads = "9"
            $0.connections = "8"
        }
        expect("--threads '65': must be 1 to 64") { $0.threads = "65" }
        expect("--connections '70000': must be 1 to 65,536") { $0.connections = "70000" }
        expect("--key-prefix must not contain quotes or backslashes") { $0.keyPrefix = #"a"b"# }
        expect("--verify needs a --value-size of at least 36") {
            $0.verifies = true
            $0.valueSize = "35-100"
        }
        expect("--verify takes at most 10,000,000 --keys") {
            $0.verifies = true
            $0.keys = "20M"
        }
        expect("--connections 1 leaves out some of the 2 endpoints") {
            $0.endpoints = ":1,:2"
            $0.connections = "1"
        }
        expect("--batch-size needs batch in --mix or --workload") { $0.batchSize = "5" }
        expect("--atomic needs batch in --mix or --workload") { $0.isAtomic = true }
        expect("--batch-size 100 is more than --keys 10") {
            $0.workload = "batch"
            $0.keys = "10"
        }
        expect("--requests 1000000000 at --rate 1 takes more than a week") {
            $0.requests = "1G"
            $0.rate = "1"
        }
    }

    @Test("A plan that a target or a load cannot carry out is refused with one line")
    func impossible() {
        expect("--target raft-sample knows no cas; use get, put, delete, insert or rmw") {
            $0.target = "raft-sample"
            $0.workload = "cas"
        }
        expect("--target raft-sample reads one way only; leave --consistency out") {
            $0.target = "raft-sample"
            $0.consistency = "stale"
        }
        expect("--batch-size 200: etcd takes at most 128 operations in a transaction") {
            $0.target = "etcd"
            $0.workload = "batch"
            $0.batchSize = "200"
        }
        expect("--verify has nothing to verify: the load writes nothing and --no-fill was given") {
            $0.workload = "get"
            $0.fillsFirst = false
            $0.verifies = true
        }
        expect("--key-prefix must not contain control characters") { $0.keyPrefix = "a\nb" }
    }

    @Test("Latest without insert, and rmw against raft-sample, are allowed")
    func allowed() throws {
        #expect(try flags { $0.distribution = "latest" }.plan().keys == .latest)
        let plan = try flags {
            $0.target = "raft-sample"
            $0.workload = "f"
        }.plan()
        #expect(plan.target == .raftSample)
    }

    private func expect(
        _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout BenchFlags) -> Void
    ) {
        let flags = flags(change)
        #expect(throws: UsageError(message), sourceLocation: sourceLocation) { try flags.plan() }
    }
}
