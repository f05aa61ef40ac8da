internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import SkiffServer

/// `skiffd serve`: runs one node until it is asked to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a node.",
        discussion: """
            Flags win over environment variables, these over the configuration file, and that over defaults. Each \
            variable is also read with the prefix SKIFF_, which wins: SKIFF_RAFT_PORT over RAFT_PORT.

            SIGTERM, SIGINT and SIGHUP stop the node in good order. SIGUSR1 and SIGUSR2 are ignored.
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
        let environment = ProcessInfo.processInfo.environment
        let configuration = try await ServerConfiguration.load(
            flags: flags, configFile: file.path, environment: environment, host: .current())
        let log = ProcessLog(configuration, environment: environment)
        defer { log.flush() }
        LoggingSystem.bootstrap { log.handler(label: $0) }
        let logger = Logger(label: "skiffd")
        do {
            try await Server(configuration: configuration, logger: logger).serve()
        } catch let failure as StartFailure where configuration.logFormat == .json {
            // A program that reads the log expects the reason in its form.
            logger.critical("\(failure)")
            throw ExitCode.failure
        }
    }
}
