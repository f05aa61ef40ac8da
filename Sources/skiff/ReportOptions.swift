internal import ArgumentParser
internal import LoadGenerator

/// The flags of `skiff bench` that say what it writes about the run.
struct ReportOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "What must hold, or the exit status is 99. Of p50 p90 p95 p99 p99.9 p99.99 mean max rate errors gap.",
            valueName: "p99<20ms,errors<0.1%"))
    var failOn: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("text, json or csv on standard output. (default: text)", valueName: "format"))
    var output: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Everything as JSON; - is standard output, here and below.", valueName: "file"))
    var json: [String] = []
    @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("One row per second.", valueName: "file"))
    var csv: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Percentiles in the format of HdrHistogram.", valueName: "file"))
    var hgrm: [String] = []
    @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("A page with charts.", valueName: "file"))
    var html: [String] = []
    @Flag(help: "No line per second on standard error.")
    var noProgress: Int
    @Flag(help: "No colours, as with NO_COLOR.")
    var noColor: Int

    var showsProgress: Bool {
        get throws(UsageError) { try !GivenFlag("--no-progress").isSet(noProgress) }
    }

    var refusesColor: Bool {
        get throws(UsageError) { try GivenFlag("--no-color").isSet(noColor) }
    }
}
