import Bytes
import Foundation
import Testing

@testable import SkiffServer

@Suite("Validation of the configuration")
struct ValidationTests {
    @Test(
        "A value that is not allowed is named with its flag and with what is allowed",
        arguments: [
            (Setting.httpPort, "65536"), (.httpPort, "-1"), (.httpPort, "http"), (.raftPort, ""),
            (.raftPort, "+1"), (.httpHost, "a b"), (.httpHost, "http://a"), (.raftHost, ""),
            (.httpAdvertise, "https://a:1"), (.httpAdvertise, "a"), (.raftAdvertise, "0.0.0.0:1"),
            (.raftAdvertise, ":1111"), (.raftAdvertise, "a:0"), (.raftAdvertise, "::1:1111"),
            (.raftAdvertise, "a:+5"), (.nodeID, ""), (.nodeID, "node 1"), (.nodeID, "nöde"),
            (.nodeID, String(repeating: "n", count: 256)), (.nodeID, "\"node1\""), (.nodeID, "node'1"),
            (.nodeID, "node`1"), (.nodeID, "node\\1"), (.dataDirectory, ""), (.bootstrap, "double"),
            (.raftAdvertise, "a:1,b:2"), (.raftAdvertise, "a,b:2"), (.raftAdvertise, "[0:0:0:0:0:0:0:0]:1"),
            (.raftAdvertise, "0:1"), (.raftAdvertise, "0.0:1"), (.raftAdvertise, "[::ffff:0.0.0.0]:1"),
            (.raftAdvertise, "nöde:1111"), (.raftAdvertise, "http://node1:1111"), (.raftAdvertise, "node1:1/x"),
            (.raftAdvertise, "node1:1\r"), (.raftAdvertise, " node1:1"), (.raftAdvertise, "224.0.0.1:1"),
            (.httpAdvertise, "0.0.0.0:1"), (.httpAdvertise, "http://[::]:1"), (.httpAdvertise, "nöde:1"),
            (.httpAdvertise, "http://a:1/x"), (.httpAdvertise, "not an address\r\nX: y"), (.raftHost, "nöde"),
            (.raftHost, "0"), (.electionTimeout, "500"),
            (.electionTimeout, "1.5s"),
            (.electionTimeout, "1ms"), (.electionTimeout, "99999999999999h"), (.heartbeatInterval, "ms"),
            (.preVote, "maybe"), (.requestTimeout, "0s"), (.memory, "512"), (.memory, "512MB"),
            (.memory, "1MiB"), (.memory, "99999999999999TiB"), (.eventLoops, "0"), (.eventLoops, "257"),
            (.forward, "Proxy"), (.forward, "never"), (.legacyStatus, "422"), (.legacyRead, "strong"),
            (.logLevel, "loud"),
            (.logFormat, "xml"), (.shutdownTimeout, "0s"), (.connectionsMax, "0"), (.connectionsMax, "20k"),
        ])
    func refused(setting: Setting, text: String) async throws {
        let error = try #require(await loadError(flags: [setting: text]))

        #expect(error.code == .invalidValue)
        #expect(error.setting == setting)
        #expect(error.message.hasPrefix("--\(setting.flag) "))
        #expect(error.message.hasSuffix("; allowed: \(setting.allowed)"))
    }

    @Test(
        "Values at the edge of what is allowed are taken",
        arguments: [
            (Setting.httpPort, "0"), (.httpPort, "65535"), (.nodeID, String(repeating: "n", count: 255)),
            (.nodeID, "!#~"), (.httpAdvertise, "http://a:1/"), (.httpHost, "[::1]"), (.raftHost, "0.0.0.0"),
            (.memory, "128MiB"), (.memory, "1TiB"), (.requestTimeout, "10m"), (.logLevel, "WARN"),
            (.shutdownDrain, "0s"), (.eventLoops, "256"), (.preVote, "0"),
            (.dataDirectory, "a directory/with spaces"), (.connectionsMax, "1"), (.raftHost, "::1"),
        ])
    func taken(setting: Setting, text: String) async {
        #expect(await loadError(flags: [setting: text]) == nil)
    }

    @Test(
        "No setting takes a control character, a space at one of its ends, or what is not UTF-8",
        arguments: [
            ("data\r", "carriage return"), ("da\nta", #"control character \n"#), ("\u{1B}[1m", "control character"),
            ("data\u{7F}", "control character"), ("data\u{85}", "control character"), (" data", "space"),
            ("data ", "space"), ("data\u{A0}", "space"), ("\tdata", "control character"), ("d\u{FFFD}ta", "UTF-8"),
            ("\r", "carriage return"),
        ])
    func invisible(text: String, reason: String) async throws {
        for setting in Setting.allCases {
            let error = try #require(await loadError(flags: [setting: text]), "--\(setting.flag)")
            #expect(error.code == .invalidValue)
            #expect(error.setting == setting)
            #expect(error.message.contains(reason), "\(error.message)")
            #expect(error.message.allSatisfy { !$0.isNewline })
        }
        let variable = try #require(await loadError(environment: ["RAFT_VOL_DIR": text]))
        #expect(variable.message.contains(reason))
    }

    @Test(
        "What is wrong with a value is the reason that is given",
        arguments: [
            (Setting.memory, "1.5GiB", "not a whole number"), (.memory, "1,5GiB", "not a whole number"),
            (.memory, "1.GiB", "the unit is none of"), (.memory, "512mib", "the unit is none of"),
            (.requestTimeout, "1.5s", "not a whole number"), (.requestTimeout, "0.5m", "not a whole number"),
            (.nodeID, "node\"1", "the node id has the character \","), (.nodeID, "a b", "the node id has a space"),
            (.memory, "512MB", "the unit is none of KiB, MiB, GiB or TiB"),
            (.memory, "512", "the unit is missing: KiB"),
            (.memory, "1GiB512MiB", "several numbers with units"), (.memory, "5e8", "the number has an exponent"),
            (.memory, "-1GiB", "the number is negative"), (.memory, "GiB", "does not start with a whole number"),
            (.memory, "99999999999999999999GiB", "out of range; allowed: a size from "),
            (.memory, "9223372036854775807TiB", "out of range; allowed: a size from "),
            (.requestTimeout, "-5s", "the number is negative"), (.requestTimeout, "s", "does not start with a whole"),
            (.requestTimeout, "5sec", "the unit is none of us, ms, s, m or h"),
            (.requestTimeout, "5", "the unit is missing: us"), (.requestTimeout, "1e9", "the number has an exponent"),
            (.requestTimeout, "1h30m", "several numbers with units"),
            (.requestTimeout, "99999999999999999999s", "out of range; allowed: a duration from "),
            (.requestTimeout, "9223372036854775807h", "out of range; allowed: a duration from "),
        ])
    func reasons(setting: Setting, text: String, reason: String) async throws {
        let error = try #require(await loadError(flags: [setting: text]))

        #expect(error.message.contains(": " + reason), "\(error.message)")
    }

    @Test("An advertised address is a host and a port, an IPv6 address in brackets")
    func advertised() async throws {
        let configuration = try await load(flags: [.raftAdvertise: "[::1]:1112", .httpAdvertise: "http://node1:2222"])

        #expect(configuration.raftAdvertise == HostAndPort(host: "::1", port: 1112))
        #expect(configuration.raftAdvertise?.description == "[::1]:1112")
        #expect(configuration.httpAdvertise?.description == "node1:2222")
    }

    @Test("The message shows a variable as it was set, on one line and not endlessly")
    func spellings() async throws {
        let variable = try #require(await loadError(environment: ["SERVER_PORT": "99999"]))
        #expect(
            variable.message
                == "SERVER_PORT=99999 (environment): not a port; allowed: 1 to 65535, or 0 for any free port")

        let lines = try #require(await loadError(environment: ["RAFT_PORT": "1\n2\u{7}"]))
        #expect(lines.message.hasPrefix(#"RAFT_PORT=1\n2\u{07} (environment)"#))

        let long = try #require(await loadError(flags: [.httpPort: String(repeating: "9", count: 5_000)]))
        #expect(long.message.count < 250)
    }

    @Test("A variable that Kubernetes made up is explained")
    func kubernetesServiceLink() async throws {
        let error = try #require(await loadError(environment: ["SERVER_PORT": "tcp://10.0.0.7:80"]))
        #expect(error.message.contains("enableServiceLinks: false"))
        #expect(error.message.contains("SKIFF_SERVER_PORT"))

        let escaped = ["SERVER_PORT": "tcp://10.0.0.7:80", "SKIFF_SERVER_PORT": "8080"]
        #expect(try await load(environment: escaped).httpPort == 8080)
    }

    @Test(
        "A service whose name makes the variable with the prefix needs another name",
        arguments: ["SKIFF_SERVER_PORT", "SKIFF_RAFT_PORT"], ["tcp", "udp"])
    func kubernetesServiceLinkWithPrefix(name: String, scheme: String) async throws {
        let error = try #require(await loadError(environment: [name: "\(scheme)://10.96.0.12:2221"]))

        #expect(error.message.contains("enableServiceLinks: false"))
        #expect(error.message.contains("give that service another name"))
        #expect(!error.message.contains("which wins"))
    }

    @Test("HTTP and Raft cannot share a port on one address")
    func portsDiffer() async throws {
        let error = try #require(await loadError(environment: ["SERVER_PORT": "1111"]))
        #expect(error.code == .contradiction)
        #expect(error.message.hasPrefix("SERVER_PORT=1111 (environment) and raft.port 1111 (default): "))

        let apart: [Setting: String] = [.httpPort: "1111", .httpHost: "127.0.0.1", .raftHost: "127.0.0.2"]
        #expect(await loadError(flags: apart) == nil)
        #expect(await loadError(flags: [.httpPort: "0", .raftPort: "0"]) == nil)
    }

    @Test("The election timeout is at least five heartbeats")
    func electionTimeout() async throws {
        let error = try #require(await loadError(flags: [.electionTimeout: "499ms"]))
        #expect(error.code == .contradiction)
        #expect(error.message.contains("raft.heartbeatInterval 100ms (default)"))

        #expect(await loadError(flags: [.electionTimeout: "50ms", .heartbeatInterval: "10ms"]) == nil)
    }

    @Test("A shutdown is not forced before its drain ends")
    func shutdown() async throws {
        let error = try #require(await loadError(flags: [.shutdownDrain: "30s"]))
        #expect(error.setting == .shutdownTimeout)
    }

    @Test("A data directory that is a file is refused, and one that does not exist is not created")
    func dataDirectory() async throws {
        try await withFile("") { path in
            let error = try #require(await loadError(flags: [.dataDirectory: path]))
            #expect(error.message.contains("a file and not a directory"))

            let absent = path + ".d"
            #expect(try await load(flags: [.dataDirectory: absent]).dataDirectory == absent)
            #expect(!FileManager.default.fileExists(atPath: absent))
        }
    }

    @Test("Memory that the container does not have is worth a warning that names both")
    func memoryOfContainer() async throws {
        let small = HostFacts(hostName: "h", coreCount: 2, memoryMax: 256 << 20)
        let warning = try #require(try await load(host: small).warnings.first)
        #expect(warning.contains("memory 512MiB (default)") && warning.contains("256 MiB"))

        #expect(try await load(flags: [.memory: "128MiB"], host: small).warnings == [])
        let large = HostFacts(hostName: "h", coreCount: 2, memoryMax: 1 << 30)
        #expect(try await load(host: large).warnings == [])
        #expect(ControlGroup.path(in: "1:name=x:/a\n0::/system.slice/skiff.service\n") == "/system.slice/skiff.service")
        #expect(ControlGroup.path(in: "12:memory:/docker/abc\n") == nil)
    }

    @Test("A host name that cannot be a node id asks for one")
    func hostNameAsNodeID() async throws {
        let error = try #require(await loadError(host: HostFacts(hostName: "my host", coreCount: 2)))
        #expect(error.setting == .nodeID)
        #expect(error.message.contains("set RAFT_NODE_ID or --node-id"))

        #expect(
            await loadError(flags: [.nodeID: "n"], host: HostFacts(hostName: "my host", coreCount: 2)) == nil)
    }
}
