internal import Programs

/// The words with which a node announces that it serves: one block, so that a log shows at a glance which node this is,
/// where it can be reached, which data it has and where its settings came from.
package enum Banner {
    /// Facts that only the started server knows.
    package struct Facts: Hashable, Sendable {
        /// `host:port` that was bound, which differs from the configuration for port 0.
        package var httpListening: String
        package var raftListening: String
        /// `host:port` that is announced; nil while no other node has reported at which address it sees this one.
        package var httpAdvertised: String?
        package var raftAdvertised: String?
        /// 32 hexadecimal digits; nil while the node belongs to no cluster.
        package var clusterID: String?
        /// The ids of the members that the log names.
        package var members: [String]
        /// What this process may have open.
        package var openFilesMax: Int
        /// Of clients, with that limit; nil if it leaves room for all that the configuration allows.
        package var connectionsMax: Int?

        package init(
            httpListening: String, raftListening: String, httpAdvertised: String? = nil,
            raftAdvertised: String? = nil, clusterID: String? = nil, members: [String] = [],
            openFilesMax: Int = .max, connectionsMax: Int? = nil
        ) {
            self.openFilesMax = openFilesMax
            self.connectionsMax = connectionsMax
            self.httpListening = httpListening
            self.raftListening = raftListening
            self.httpAdvertised = httpAdvertised
            self.raftAdvertised = raftAdvertised
            self.clusterID = clusterID
            self.members = members
        }
    }

    /// A sentence, and below it one indented line per fact; no newline at the end.
    package static func text(_ configuration: ServerConfiguration, _ facts: Facts) -> String {
        let indented = lines(configuration, facts).map { name, value in
            "  " + name + String(repeating: " ", count: max(1, 9 - name.count)) + value
        }
        return ([headline(configuration)] + indented).joined(separator: "\n")
    }

    package static func headline(_ configuration: ServerConfiguration) -> String {
        "skiffd \(Release.version) serves as node \(configuration.nodeID)"
    }

    /// The facts below the sentence, each with its name.
    package static func lines(
        _ configuration: ServerConfiguration, _ facts: Facts
    ) -> [(name: String, value: String)] {
        var lines: [(name: String, value: String)] = [
            ("cluster", cluster(facts)),
            ("http", "\(facts.httpListening), advertised as \(facts.httpAdvertised ?? "other nodes see it")"),
            ("raft", "\(facts.raftListening), advertised as \(facts.raftAdvertised ?? "other nodes see it")"),
            ("data", configuration.dataDirectory),
        ]
        if let connections = facts.connectionsMax {
            lines.append(
                (
                    "files",
                    "\(facts.openFilesMax) open at most, which leaves \(connections) connections: "
                        + OpenFileBudget.advice
                ))
        }
        lines.append(("settings", settings(configuration)))
        return lines
    }

    private static func cluster(_ facts: Facts) -> String {
        guard let clusterID = facts.clusterID else { return "none: waiting to be joined" }
        return "\(clusterID), members: \(facts.members.joined(separator: ", "))"
    }

    /// Where the settings that differ from the defaults came from: `flags: --node-id; environment: RAFT_PORT`.
    private static func settings(_ configuration: ServerConfiguration) -> String {
        var flags: [String] = []
        var variables: [String] = []
        var keys: [String] = []
        var path = ""
        for setting in Setting.allCases {
            switch configuration.source(of: setting) {
            case .flag: flags.append("--" + setting.flag)
            case .environment(let name): variables.append(name)
            case .file(let file):
                keys.append(setting.key)
                path = file
            case .standard: break
            }
        }
        var parts: [String] = []
        if !flags.isEmpty { parts.append("flags: " + flags.joined(separator: ", ")) }
        if !variables.isEmpty { parts.append("environment: " + variables.joined(separator: ", ")) }
        if !keys.isEmpty { parts.append("file \(path): " + keys.joined(separator: ", ")) }
        return parts.isEmpty ? "all defaults" : parts.joined(separator: "; ")
    }
}
