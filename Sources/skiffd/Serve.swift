import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import SkiffServer

/// `skiffd serve`: runs one node until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a node.",
        discussion: """
            Flags win over environment variables, these over the configuration file, and that over defaults. Each \
            variable is also read with the prefix SKIFF_, which wins: SKIFF_RAFT_PORT over RAFT_PORT.
            """)

    @OptionGroup(title: "Configuration file") var file: FileOptions
    @OptionGroup(title: "HTTP") var http: HTTPOptions
    @OptionGroup(title: "Raft") var raft: RaftOptions
    @OptionGroup(title: "Process") var process: ProcessOptions

    func run() async throws {
        // What this process writes is for its own user alone.
        umask(0o077)
        let given = [http.given, raft.given, process.given].flatMap { $0 }
        let configuration = try await ServerConfiguration.load(
            flags: Dictionary(uniqueKeysWithValues: given), configFile: file.path,
            environment: ProcessInfo.processInfo.environment, host: .current())
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = configuration.logLevel
            return handler
        }
        try await Server(configuration: configuration, logger: Logger(label: "skiffd")).serve()
    }
}
