internal import ArgumentParser
internal import Bytes
internal import FoundationEssentials
internal import SkiffServer

/// `skiffd health`: asks the node on this machine whether it is alive, for a container's health check. An image needs
/// no curl for it.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask the node on this machine whether it is alive, or ready.",
        discussion: "Status 0 if it answers 200 within two seconds, else 1. It reads the settings that serve reads.")

    @Flag(help: "Ask whether the node has a leader and serves requests, and not only whether it is alive.")
    var ready = false

    @OptionGroup var file: FileOptions
    @OptionGroup var http: SettingOptions<HealthSection>

    func run() async throws {
        let configuration = try await ServerConfiguration.load(
            flags: http.given, configFile: file.path, environment: ProcessInfo.processInfo.environment,
            host: .current())
        let probe = HealthProbe(
            address: HostAndPort(
                host: Self.connectableHost(configuration.httpHost), port: configuration.httpPort),
            path: ready ? "/readyz" : "/livez", timeoutSeconds: 2)
        print(try probe.run())
    }

    /// All interfaces include the loopback interface.
    private static func connectableHost(_ listenHost: String?) -> String {
        switch listenHost {
        case nil, "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        case .some(let host): host
        }
    }
}
