extension ServerConfiguration {
    /// Puts the configuration together: flags win over environment variables, these over the configuration file, and
    /// that over defaults. Reads the configuration file, if one is named, and writes nothing.
    ///
    /// - Parameters:
    ///   - flags: The values of the flags that were given.
    ///   - configFile: The path given with `--config`; without it, `SKIFF_CONFIG` is used.
    ///   - environment: All environment variables.
    ///   - host: What the defaults depend on.
    package static func load(
        flags: [Setting: String], configFile: String? = nil, environment: [String: String], host: HostFacts
    ) async throws(ConfigurationError) -> ServerConfiguration {
        let environment = SettingEnvironment(environment)
        var layers = [ConfigurationLayer.flags(flags)] + ConfigurationLayer.environment(environment)
        if let path = configFile ?? environment.values[SettingEnvironment.configFileName] {
            layers.append(try await .file(path))
        }
        var reader = SettingReader(layers: layers)
        var configuration = ServerConfiguration(nodeID: host.hostName, dataDirectory: "./node_data")
        configuration.eventLoops = max(1, host.coreCount - 1)
        try configuration.readHTTP(&reader)
        try configuration.readRaft(&reader)
        try configuration.readProcess(&reader)
        configuration.sources = reader.sources
        configuration.warnings = environment.warnings
        try configuration.validate(reader)
        return configuration
    }

    private mutating func readHTTP(_ reader: inout SettingReader) throws(ConfigurationError) {
        try reader.read(.httpHost, into: &httpHost, SettingParsers.listenHost)
        try reader.read(.httpPort, into: &httpPort, SettingParsers.port)
        try reader.read(.httpAdvertise, into: &httpAdvertise, SettingParsers.httpAddress)
        try reader.read(.forward, into: &forward, SettingParsers.forward)
        try reader.read(.legacyStatus, into: &legacyStatus, SettingParsers.choice)
        try reader.read(.legacyRead, into: &legacyRead, SettingParsers.choice)
        try reader.read(
            .requestTimeout, into: &requestTimeout,
            SettingParsers.duration(in: .milliseconds(10) ... .seconds(600)))
    }

    private mutating func readRaft(_ reader: inout SettingReader) throws(ConfigurationError) {
        try reader.read(.nodeID, into: &nodeID, SettingParsers.nodeID)
        try reader.read(.raftHost, into: &raftHost, SettingParsers.listenHost)
        try reader.read(.raftPort, into: &raftPort, SettingParsers.port)
        try reader.read(.raftAdvertise, into: &raftAdvertise, SettingParsers.address)
        try reader.read(.dataDirectory, into: &dataDirectory, SettingParsers.directory)
        try reader.read(.bootstrap, into: &bootstrap, SettingParsers.choice)
        try reader.read(
            .electionTimeout, into: &electionTimeout,
            SettingParsers.duration(in: .milliseconds(25) ... .seconds(60)))
        try reader.read(
            .heartbeatInterval, into: &heartbeatInterval,
            SettingParsers.duration(in: .milliseconds(5) ... .seconds(10)))
        try reader.read(.preVote, into: &preVote, SettingParsers.boolean)
        try reader.read(.checkQuorum, into: &checkQuorum, SettingParsers.boolean)
    }

    private mutating func readProcess(_ reader: inout SettingReader) throws(ConfigurationError) {
        try reader.read(.memory, into: &memory, SettingParsers.size(in: (128 << 20)...(1 << 40)))
        try reader.read(.eventLoops, into: &eventLoops, SettingParsers.eventLoops)
        try reader.read(
            .shutdownDrain, into: &shutdownDrain, SettingParsers.duration(in: .zero ... .seconds(300)))
        try reader.read(
            .shutdownTimeout, into: &shutdownTimeout, SettingParsers.duration(in: .seconds(1) ... .seconds(600)))
        try reader.read(.logLevel, into: &logLevel, SettingParsers.logLevel)
        try reader.read(.logFormat, into: &logFormat, SettingParsers.logFormat)
    }
}
