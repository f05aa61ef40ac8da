internal import ArgumentParser

/// The flags of `skiff bench` that say what it asks the servers for.
struct WorkloadOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("put, get, delete, batch, cas, or YCSB's a, b, c, d, f. (default: put)", valueName: "name"))
    var workload: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Weights of get, put, delete, batch, cas, insert, rmw.", valueName: "get=90,put=10"))
    var mix: [String] = []
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("Different keys. (default: 100k)", valueName: "count"))
    var keys: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Text before each key's number. (default: key)", valueName: "text"))
    var keyPrefix: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "uniform, zipfian[:0.99], sequential, hot-set:0.2/0.8, latest. (default: the workload's)",
            valueName: "pattern"))
    var distribution: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("256, 64-4096 or 64=50,16KiB=50. (default: 256)", valueName: "bytes"))
    var valueSize: [String] = []
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("Puts in one batch. (default: 100)", valueName: "count"))
    var batchSize: [String] = []
    @Flag(help: "Apply each batch as a whole or not at all.")
    var atomic: Int
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("linearizable, leader or stale reads. (default: the server's)", valueName: "mode"))
    var consistency: [String] = []
    @Flag(
        inversion: .prefixedNo, exclusivity: .exclusive,
        help: "Write every key once beforehand. (default: if the workload reads)")
    var fill: Bool?
    @Flag(help: "Read back every key's last acknowledged write afterwards.")
    var verify: Int
}
