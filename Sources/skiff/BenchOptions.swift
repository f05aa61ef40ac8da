internal import ArgumentParser
internal import LoadGenerator

/// The flags of `skiff bench` in the groups of its help. They stay texts: `BenchFlags` reads them. What follows a flag
/// is its value even if it begins with a dash, so that `--rate -5` is a wrong rate and not a missing one.

struct TargetOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("Servers. (default: 127.0.0.1:2221)", valueName: "host:port,…"))
    var endpoints: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("round-robin or leader. (default: round-robin)", valueName: "way"))
    var spread: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("skiff, raft-sample or etcd. (default: skiff)", valueName: "api"))
    var target: String?
}

struct WorkloadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("put, get, delete, batch, cas, or YCSB's a, b, c, d, f. (default: put)", valueName: "name"))
    var workload: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Weights of get, put, delete, batch, cas, insert, rmw.", valueName: "get=90,put=10"))
    var mix: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Different keys. (default: 100k)", valueName: "count"))
    var keys: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Text before each key's number. (default: key)", valueName: "text"))
    var keyPrefix: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "uniform, zipfian[:0.99], sequential, hot-set:0.2/0.8, latest. (default: the workload's)",
            valueName: "pattern"))
    var distribution: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("256, 64-4096 or 64=50,16KiB=50. (default: 256)", valueName: "bytes"))
    var valueSize: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Puts in one batch. (default: 100)", valueName: "count"))
    var batchSize: String?
    @Flag(help: "Apply each batch as a whole or not at all.")
    var atomic = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("linearizable, leader or stale reads. (default: the server's)", valueName: "mode"))
    var consistency: String?
    @Flag(
        inversion: .prefixedNo,
        help: "Write every key once beforehand. (default: if the workload reads)")
    var fill: Bool?
    @Flag(help: "Read back every key's last acknowledged write afterwards.")
    var verify = false
}

struct LoadOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("Open connections in all. (default: 64)", valueName: "count"))
    var connections: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Requests in flight per connection, at most. (default: 1)", valueName: "count"))
    var pipeline: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Open loop: requests per second in all. (default: closed loop)", valueName: "rate"))
    var rate: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Load before the measurement. (default: 2s)", valueName: "time"))
    var warmup: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("How long to measure. (default: 10s)", valueName: "time"))
    var duration: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many requests to measure, instead of a duration.", valueName: "count"))
    var requests: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Threads of the generator. (default: 1)", valueName: "count"))
    var threads: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same seed gives the same requests. (default: 1)", valueName: "number"))
    var seed: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A request without an answer fails after it. (default: 10s)", valueName: "time"))
    var timeout: String?
}

struct ReportOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What must hold, or the exit status is 99. Of p50 p90 p95 p99 p99.9 p99.99 mean max rate errors gap.",
            valueName: "p99<20ms,errors<0.1%"))
    var failOn: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("text, json or csv on standard output. (default: text)", valueName: "format"))
    var output: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Everything as JSON.", valueName: "file"))
    var json: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("One row per second.", valueName: "file"))
    var csv: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Percentiles in the format of HdrHistogram.", valueName: "file"))
    var hgrm: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("A page with charts.", valueName: "file"))
    var html: String?
    @Flag(help: "No line per second on standard error.")
    var noProgress = false
    @Flag(help: "No colours, as with NO_COLOR.")
    var noColor = false
}

extension BenchFlags {
    init(_ target: TargetOptions, _ workload: WorkloadOptions, _ load: LoadOptions) {
        self.init()
        endpoints = target.endpoints
        spread = target.spread
        self.target = target.target
        mix = workload.mix
        self.workload = workload.workload
        keys = workload.keys
        keyPrefix = workload.keyPrefix
        distribution = workload.distribution
        valueSize = workload.valueSize
        batchSize = workload.batchSize
        isAtomic = workload.atomic
        consistency = workload.consistency
        fillsFirst = workload.fill
        verifies = workload.verify
        connections = load.connections
        pipeline = load.pipeline
        rate = load.rate
        warmup = load.warmup
        duration = load.duration
        requests = load.requests
        threads = load.threads
        seed = load.seed
        timeout = load.timeout
    }
}
