package import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `skiffd serve`: runs one node and stops it in good order on SIGTERM or SIGINT.
package struct Server {
    private let configuration: ServerConfiguration
    private let logger: Logger

    package init(configuration: ServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Returns after a clean stop. Throws a `StartFailure` if the node could not start.
    package func serve() async throws {
        var settings = ServiceGroupConfiguration(
            services: [.init(service: NodeService(configuration: configuration, logger: logger))],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
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
