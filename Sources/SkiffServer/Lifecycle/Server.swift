package import Logging
internal import Programs
internal import ServiceLifecycle

/// `skiffd serve`: runs one node and stops it in good order when it is asked to (`StopSignals`).
package struct Server {
    private let configuration: ServerConfiguration
    private let logger: Logger

    package init(configuration: ServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Returns after a clean stop. Throws a `StartFailure` if the node could not start.
    package func serve() async throws {
        let openFilesMax = OpenFiles.raiseLimit()
        guard openFilesMax >= OpenFileBudget.limitMin else {
            throw StartFailure(
                "this process may have \(openFilesMax) files open, and a node needs \(OpenFileBudget.limitMin) at "
                    + "least: \(OpenFileBudget.advice)")
        }
        let service = NodeService(configuration: configuration, openFilesMax: openFilesMax, logger: logger)
        var settings = ServiceGroupConfiguration(
            services: [.init(service: service)], gracefulShutdownSignals: StopSignals.all, logger: quietLogger)
        settings.maximumGracefulShutdownDuration = configuration.shutdownTimeout
        try await ServiceGroup(configuration: settings).run()
    }

    /// The service group's own reports of its steps are of no interest to an operator.
    private var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}
