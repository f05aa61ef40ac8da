import Foundation

@testable import SkiffServer

extension HostFacts {
    /// The machine on which tests load configurations.
    static let test = HostFacts(hostName: "host-a", coreCount: 8)
}

/// Loads a configuration as the program does, on a machine called `host-a` with eight cores.
func load(
    flags: [Setting: String] = [:], configFile: String? = nil, environment: [String: String] = [:],
    host: HostFacts = .test
) async throws(ConfigurationError) -> ServerConfiguration {
    try await ServerConfiguration.load(
        flags: flags, configFile: configFile, environment: environment, host: host)
}

/// The error of a configuration that must not load; nil if it loads.
func loadError(
    flags: [Setting: String] = [:], configFile: String? = nil, environment: [String: String] = [:],
    host: HostFacts = .test
) async -> ConfigurationError? {
    do {
        _ = try await load(flags: flags, configFile: configFile, environment: environment, host: host)
        return nil
    } catch {
        return error
    }
}

/// Runs the body with the path of a file of this text, and removes the file.
func withFile<Result>(_ text: String, _ body: (String) async throws -> Result) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "skiff-\(UUID().uuidString).yaml")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try await body(path.path())
}
