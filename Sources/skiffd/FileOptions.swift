internal import ArgumentParser

/// The flag that names the configuration file.
struct FileOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("YAML or JSON file with settings. (environment: SKIFF_CONFIG)", valueName: "path"))
    private var paths: [String] = []

    /// Nil if the flag was not given.
    var path: String? { paths.first }

    func validate() throws {
        try RepeatedFlag.refuse("config", paths)
    }
}
