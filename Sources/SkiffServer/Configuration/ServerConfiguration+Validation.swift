/// Rules about several settings at once, and about defaults that come from the machine. The rules of a single setting
/// are those of its kind, in `Setting+Table`.
extension ServerConfiguration {
    func validate(_ reader: SettingReader) throws(ConfigurationError) {
        try validateNodeID()
        try validateDataDirectory(reader)
        if httpPort == raftPort, httpPort != 0, Self.overlap(httpHost, raftHost) {
            throw contradiction(\.httpPort, \.raftPort, reader, "HTTP and Raft need a port each")
        }
        if electionTimeout < heartbeatInterval * 5 {
            throw contradiction(
                \.electionTimeout, \.heartbeatInterval, reader,
                "the election timeout must be at least five heartbeat intervals, or a few lost messages end a term")
        }
        if shutdownTimeout < shutdownDrain {
            throw contradiction(
                \.shutdownTimeout, \.shutdownDrain, reader, "a shutdown must not be forced before its drain ends")
        }
    }

    /// A node id that was given is in order; the host name, its default, may not be.
    private func validateNodeID() throws(ConfigurationError) {
        let setting = Setting.of(\.nodeID)
        do throws(SettingRejection) {
            _ = try SettingKind.nodeID.parse(nodeID)
        } catch {
            throw ConfigurationError(
                .invalidValue, setting: setting,
                "the host name \(SettingSource.printable(nodeID)) cannot be the node id: \(error.reason);"
                    + " set RAFT_NODE_ID or --\(setting.flag) to \(setting.allowed)")
        }
    }

    private func validateDataDirectory(_ reader: SettingReader) throws(ConfigurationError) {
        guard case .file = PathKind(of: dataDirectory) else { return }
        let setting = Setting.of(\.dataDirectory)
        throw ConfigurationError(
            .invalidValue, setting: setting,
            "\(reader.spelling(of: setting)): a file and not a directory; allowed: \(setting.allowed)")
    }

    /// Whether two listeners on the same port would meet.
    private static func overlap(_ left: String?, _ right: String?) -> Bool {
        let wildcards = ["0.0.0.0", "::"]
        guard let left, let right, !wildcards.contains(left), !wildcards.contains(right) else { return true }
        return left == right
    }

    private func contradiction(
        _ first: PartialKeyPath<ServerConfiguration>, _ second: PartialKeyPath<ServerConfiguration>,
        _ reader: SettingReader, _ rule: String
    ) -> ConfigurationError {
        let (first, second) = (Setting.of(first), Setting.of(second))
        return ConfigurationError(
            .contradiction, setting: first,
            "\(reader.spelling(of: first)) and \(reader.spelling(of: second)): \(rule)")
    }
}
