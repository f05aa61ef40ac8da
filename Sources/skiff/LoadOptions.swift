internal import ArgumentParser

/// The flags of `skiff bench` that say how much it asks for, and for how long.
struct LoadOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Open connections in all. (default: 64)", valueName: "count"))
    var connections: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Requests in flight per connection, at most. (default: 1)", valueName: "count"))
    var pipeline: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Open loop: requests per second in all. (default: closed loop)", valueName: "rate"))
    var rate: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Load before the measurement. (default: 2s)", valueName: "time"))
    var warmup: [String] = []
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("How long to measure. (default: 10s)", valueName: "time")
    )
    var duration: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("How many requests to measure, instead of a duration.", valueName: "count"))
    var requests: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Threads of the generator. (default: 1)", valueName: "count"))
    var threads: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The same seed gives the same requests. (default: 1)", valueName: "number"))
    var seed: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A request without an answer fails after it. (default: 10s)", valueName: "time"))
    var timeout: [String] = []
}
