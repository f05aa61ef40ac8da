internal import ArgumentParser

/// The flags of `skiff bench` that say which servers it talks to.
///
/// All flags stay texts: `BenchFlags` reads them. The text after a flag is its value even if it begins with a dash, so
/// that `--rate -5` is a wrong rate and not a missing one. Every flag collects what was written after it, so that one
/// that was given twice does not hide the first (`GivenFlag`).
struct TargetOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Servers. (default: 127.0.0.1:2221)", valueName: "host:port,…"))
    var endpoints: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("round-robin or leader. (default: round-robin)", valueName: "way"))
    var spread: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("skiff, raft-sample or etcd. (default: skiff)", valueName: "api"))
    var target: [String] = []
}
