internal import ArgumentParser

/// The flag that names the configuration file.
struct FileOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("YAML or JSON file with settings. (environment: SKIFF_CONFIG)", valueName: "path"))
    var path: String?
}
