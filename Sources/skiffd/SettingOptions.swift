import ArgumentParser
import SkiffServer

/// The flags of the settings. They stay texts: `ServerConfiguration` reads flags, variables and the file by the same
/// rules and with the same error messages.

struct FileOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("YAML or JSON file with settings. (environment: SKIFF_CONFIG)", valueName: "path"))
    var path: String?
}

struct HTTPOptions: ParsableArguments {
    @Option(name: .setting(.httpHost), help: .setting(.httpHost)) var host: String?
    @Option(name: .setting(.httpPort), help: .setting(.httpPort)) var port: String?
    @Option(name: .setting(.httpAdvertise), help: .setting(.httpAdvertise)) var advertise: String?
    @Option(name: .setting(.forward), help: .setting(.forward)) var forward: String?
    @Option(name: .setting(.legacyStatus), help: .setting(.legacyStatus)) var legacyStatus: String?
    @Option(name: .setting(.legacyRead), help: .setting(.legacyRead)) var legacyRead: String?
    @Option(name: .setting(.requestTimeout), help: .setting(.requestTimeout)) var requestTimeout: String?

    var given: [(Setting, String)] {
        present([
            (.httpHost, host), (.httpPort, port), (.httpAdvertise, advertise), (.forward, forward),
            (.legacyStatus, legacyStatus), (.legacyRead, legacyRead), (.requestTimeout, requestTimeout),
        ])
    }
}

struct RaftOptions: ParsableArguments {
    @Option(name: .setting(.nodeID), help: .setting(.nodeID)) var nodeID: String?
    @Option(name: .setting(.raftHost), help: .setting(.raftHost)) var host: String?
    @Option(name: .setting(.raftPort), help: .setting(.raftPort)) var port: String?
    @Option(name: .setting(.raftAdvertise), help: .setting(.raftAdvertise)) var advertise: String?
    @Option(name: .setting(.dataDirectory), help: .setting(.dataDirectory)) var dataDirectory: String?
    @Option(name: .setting(.bootstrap), help: .setting(.bootstrap)) var bootstrap: String?
    @Option(name: .setting(.electionTimeout), help: .setting(.electionTimeout)) var electionTimeout: String?
    @Option(name: .setting(.heartbeatInterval), help: .setting(.heartbeatInterval)) var heartbeatInterval: String?
    @Option(name: .setting(.preVote), help: .setting(.preVote)) var preVote: String?
    @Option(name: .setting(.checkQuorum), help: .setting(.checkQuorum)) var checkQuorum: String?

    var given: [(Setting, String)] {
        present([
            (.nodeID, nodeID), (.raftHost, host), (.raftPort, port), (.raftAdvertise, advertise),
            (.dataDirectory, dataDirectory), (.bootstrap, bootstrap), (.electionTimeout, electionTimeout),
            (.heartbeatInterval, heartbeatInterval), (.preVote, preVote), (.checkQuorum, checkQuorum),
        ])
    }
}

struct ProcessOptions: ParsableArguments {
    @Option(name: .setting(.memory), help: .setting(.memory)) var memory: String?
    @Option(name: .setting(.eventLoops), help: .setting(.eventLoops)) var eventLoops: String?
    @Option(name: .setting(.shutdownDrain), help: .setting(.shutdownDrain)) var shutdownDrain: String?
    @Option(name: .setting(.shutdownTimeout), help: .setting(.shutdownTimeout)) var shutdownTimeout: String?
    @Option(name: .setting(.logLevel), help: .setting(.logLevel)) var logLevel: String?
    @Option(name: .setting(.logFormat), help: .setting(.logFormat)) var logFormat: String?

    var given: [(Setting, String)] {
        present([
            (.memory, memory), (.eventLoops, eventLoops), (.shutdownDrain, shutdownDrain),
            (.shutdownTimeout, shutdownTimeout), (.logLevel, logLevel), (.logFormat, logFormat),
        ])
    }
}

private func present(_ options: [(Setting, String?)]) -> [(Setting, String)] {
    options.compactMap { setting, text in text.map { (setting, $0) } }
}

extension NameSpecification {
    fileprivate static func setting(_ setting: Setting) -> NameSpecification { .customLong(setting.flag) }
}

extension ArgumentHelp {
    fileprivate static func setting(_ setting: Setting) -> ArgumentHelp {
        // The last name is the one without prefix, where there is one.
        let variable = setting.environmentNames.last ?? ""
        let origin = "(default: \(setting.defaultText); environment: \(variable))"
        return ArgumentHelp("\(setting.summary). Allowed: \(setting.allowed). \(origin)", valueName: "value")
    }
}
