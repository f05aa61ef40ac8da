extension ServerConfiguration {
    /// Puts the configuration together: flags win over environment variables, these over the configuration file, and
    /// that over defaults. Reads the configuration file, if one is named, and writes nothing.
    ///
    /// - Parameters:
    ///   - flags: The values of the flags that were given.
    ///   - configFile: The path given with `--config`; without it, `SKIFF_CONFIG` is used.
    ///   - environment: All environment variables.
    ///   - host: The machine on which defaults depend.
    package static func load(
        flags: [Setting: String], configFile: String? = nil, environment: [String: String], host: HostFacts
    ) async throws(ConfigurationError) -> ServerConfiguration {
        let environment = SettingEnvironment(environment)
        var layers = [ConfigurationLayer.flags(flags)] + ConfigurationLayer.environment(environment)
        if let path = configFile ?? environment.values[SettingEnvironment.configFileName] {
            layers.append(try .file(path))
        }
        var configuration = ServerConfiguration(nodeID: host.hostName)
        configuration.eventLoops = max(1, host.coreCount - 1)
        var reader = SettingReader(layers: layers)
        for setting in Setting.allCases { try reader.read(setting, into: &configuration) }
        configuration.sources = reader.sources
        configuration.warnings = environment.warnings
        if let max = host.memoryMax, configuration.memory > max / 4 * 3 {
            configuration.warnings.append(
                "\(reader.spelling(of: .of(\.memory))) leaves too little of the \(max >> 20) MiB that this process "
                    + "may use: lower it, or raise the limit of the container")
        }
        try configuration.validate(reader)
        return configuration
    }
}
