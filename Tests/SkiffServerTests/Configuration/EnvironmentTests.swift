import Testing

@testable import SkiffServer

@Suite("Environment variables")
struct EnvironmentTests {
    @Test("Matching quotes around a value are removed, with a warning")
    func quotes() async throws {
        let configuration = try await load(environment: [
            "RAFT_NODE_ID": "\"node1\"", "SERVER_PORT": "'2225'", "RAFT_VOL_DIR": "\"data", "HOME": "\"x\"",
        ])

        #expect(configuration.nodeID == "node1")
        #expect(configuration.httpPort == 2225)
        #expect(configuration.dataDirectory == "\"data")
        #expect(
            configuration.warnings == [
                "the quotes around the value of RAFT_NODE_ID were removed: write RAFT_NODE_ID=node1",
                "the quotes around the value of SERVER_PORT were removed: write SERVER_PORT=2225",
            ])
    }

    @Test("A variable that is nearly a setting is worth a warning, a stranger is not")
    func misspelled() async throws {
        let configuration = try await load(environment: [
            "RAFT_NODEID": "node1", "SKIFF_SERVER_PROT": "1", "SKIFF_SERVICE_HOST": "10.0.0.1", "PATH": "/bin",
        ])

        #expect(
            configuration.warnings == [
                "RAFT_NODEID is not a setting and was ignored: did you mean RAFT_NODE_ID?",
                "SKIFF_SERVER_PROT is not a setting and was ignored: did you mean SKIFF_SERVER_PORT?",
            ])
    }

    @Test(
        "A variable without its section, or named for its flag, is worth a warning as well",
        arguments: [
            ("SKIFF_NODE_ID", "SKIFF_RAFT_NODE_ID"), ("SKIFF_DATA_DIR", "SKIFF_RAFT_VOL_DIR"),
            ("RAFT_DATA_DIR", "RAFT_VOL_DIR"), ("SKIFF_VOL_DIR", "SKIFF_RAFT_VOL_DIR"),
            ("SKIFF_HTTP_PORT", "SKIFF_SERVER_PORT"), ("SERVER_HTTP_PORT", "SERVER_PORT"),
            ("SKIFF_MAX_CONNECTIONS", "SKIFF_LIMITS_MAX_CONNECTIONS"), ("LOG_LEVL", "LOG_LEVEL"),
            ("SHUTDOWN_TIMOUT", "SHUTDOWN_TIMEOUT"), ("SKIFF_CONFG", "SKIFF_CONFIG"),
        ])
    func withoutSection(name: String, meant: String) async throws {
        let configuration = try await load(environment: [name: "node1"])

        #expect(configuration.warnings == ["\(name) is not a setting and was ignored: did you mean \(meant)?"])
    }

    @Test(
        "What Kubernetes, other programs and the client set is no setting of a node",
        arguments: [
            "SKIFF_PORT", "SKIFF_SERVICE_PORT", "SKIFF_PORT_2221_TCP_ADDR", "SERVER_NAME", "SKIFF_ENDPOINTS", "LOG_DIR",
        ])
    func strangers(name: String) async throws {
        #expect(try await load(environment: [name: "x"]).warnings == [])
        #expect(try await load(environment: ["SKIFF_NODE_ID": "tcp://10.96.0.12:2221"]).warnings == [])
    }

    @Test("The names of flags, keys and variables are unique")
    func uniqueNames() {
        let settings = Setting.allCases

        #expect(Set(settings.map(\.flag)).count == settings.count)
        #expect(Set(settings.flatMap(\.environmentNames)).count == settings.count * 2 - 2)
        #expect(Setting.dataDirectory.environmentNames == ["SKIFF_RAFT_VOL_DIR", "RAFT_VOL_DIR"])
    }
}
