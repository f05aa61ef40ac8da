internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import SkiffServer

/// `skiffd serve`: runs one node until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a node.",
        discussion: """
            Flags win over environment variables, these over the configuration file, and that over defaults. Each \
            variable is also read with the prefix SKIFF_, which wins: SKIFF_RAFT_PORT over RAFT_PORT.
            """)

    @OptionGroup(title: "Configuration file") var file: FileOptions
    @OptionGroup(title: "HTTP") var http: SettingOptions<HTTPSection>
    @OptionGroup(title: "Raft") var raft: SettingOptions<RaftSection>
    @OptionGroup(title: "Process") var process: SettingOptions<ProcessSection>

    func run() async throws {
        // Only this process's own user may read the files that it writes.
        umask(0o077)
        var flags: [Setting: String] = [:]
        for given in [http.given, raft.given, process.given] { flags.merge(given) { first, _ in first } }
        let configuration = try await ServerConfiguration.load(
            flags: flags, configFile: file.path, environment: ProcessInfo.processInfo.environment, host: .current())
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = configuration.logLevel
            return handler
        }
        try await Server(configuration: configuration, logger: Logger(label: "skiffd")).serve()
    }
}
