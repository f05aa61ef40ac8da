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

    @Test("The names of flags, keys and variables are unique")
    func uniqueNames() {
        let settings = Setting.allCases

        #expect(Set(settings.map(\.flag)).count == settings.count)
        #expect(Set(settings.flatMap(\.environmentNames)).count == settings.count * 2 - 2)
        #expect(Setting.dataDirectory.environmentNames == ["SKIFF_RAFT_VOL_DIR", "RAFT_VOL_DIR"])
    }

    @Test("The nearest name is the one with the fewest edits")
    func nearestName() {
        let nearest = NearestName.nearest(to: "kitten", among: ["mitten", "sitting"])

        #expect(nearest?.name == "mitten")
        #expect(nearest?.edits == 1)
        #expect(NearestName.nearest(to: "kitten", among: ["sitting"])?.edits == 3)
        #expect(NearestName.nearest(to: "Node_ID", among: ["node-id"])?.edits == 0)
        #expect(NearestName.nearest(to: "a", among: []) == nil)
    }
}
