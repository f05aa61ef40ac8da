import Testing

@testable import SkiffServer

@Suite("Table of settings")
struct SettingTableTests {
    @Test("Every field of the configuration is set by one entry")
    func everyField() {
        let fields = Mirror(reflecting: ServerConfiguration(nodeID: "n")).children.compactMap(\.label)
        let settable = fields.filter { $0 != "sources" && $0 != "warnings" }

        #expect(Set(Setting.allCases.map(\.field)).count == Setting.allCases.count)
        #expect(Setting.allCases.count == settable.count)
    }

    @Test("Every setting says what it is, in words that fit before a full stop")
    func summaries() {
        for setting in Setting.allCases {
            #expect(setting.summary.first?.isUppercase == true && setting.summary.last != ".", "\(setting.key)")
        }
    }

    @Test(
        "The allowed values follow from kind, range and default",
        arguments: [
            (Setting.httpHost, "a host name or address, or * for all interfaces"),
            (.raftPort, "1 to 65535, or 0 for any free port"),
            (.httpAdvertise, "host:port or http://host:port"),
            (.raftAdvertise, "host:port"),
            (.forward, "proxy"),
            (.legacyStatus, "compat or http"),
            (.legacyRead, "stale or linearizable"),
            (.requestTimeout, "a duration from 10ms to 10m, such as 5s"),
            (.connectionsMax, "1 to 1000000"),
            (.nodeID, "1 to 255 printable ASCII characters without spaces, quotes and backslashes"),
            (.dataDirectory, "the path of a directory, which is created if absent"),
            (.bootstrap, "single or none"),
            (.electionTimeout, "a duration from 25ms to 1m, such as 500ms"),
            (.heartbeatInterval, "a duration from 5ms to 10s, such as 100ms"),
            (.preVote, "true or false"),
            (.memory, "a size from 128MiB to 1TiB, such as 512MiB"),
            (.eventLoops, "1 to 256"),
            (.shutdownDrain, "a duration from 0s to 5m, such as 2s"),
            (.shutdownTimeout, "a duration from 1s to 10m, such as 25s"),
            (.logLevel, "trace, debug, info, notice, warning, error or critical"),
            (.logFormat, "auto, text or json"),
        ])
    func allowed(setting: Setting, text: String) {
        #expect(setting.allowed == text)
    }

    @Test("A size is written in the largest unit that leaves no fraction")
    func sizes() {
        #expect(SizeUnit.text(64 << 10) == "64KiB")
        #expect(SizeUnit.text(1_536 << 20) == "1536MiB")
        #expect(SizeUnit.text(1 << 40) == "1TiB")
    }
}
