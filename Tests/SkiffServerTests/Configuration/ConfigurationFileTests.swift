import Bytes
import Glibc
import Testing

@testable import SkiffServer

@Suite("Configuration file")
struct ConfigurationFileTests {
    @Test("SKIFF_CONFIG names the file, and --config wins over it")
    func pathOfTheFile() async throws {
        try await withFile("memory: 1GiB") { named in
            let byVariable = try await load(environment: ["SKIFF_CONFIG": "'\(named)'"])
            #expect(byVariable.memory == 1 << 30)
            #expect(byVariable.warnings.count == 1)

            try await withFile("memory: 2GiB") { given in
                let byFlag = try await load(configFile: given, environment: ["SKIFF_CONFIG": named])
                #expect(byFlag.memory == 2 << 30)
            }
        }
    }

    @Test("Numbers, booleans and keys without value are read as a YAML author means them")
    func kindsOfValues() async throws {
        let text = """
            # A comment.
            server: {port: 80, advertise: "http://[::1]:80"}
            raft:
              preVote: no
              nodeId:
              advertise: ~
            """
        try await withFile(text) { path in
            let configuration = try await load(configFile: path)

            #expect(configuration.httpPort == 80)
            #expect(configuration.httpAdvertise == HostAndPort(host: "::1", port: 80))
            #expect(!configuration.preVote)
            #expect(configuration.nodeID == "host-a")
            #expect(configuration.raftAdvertise == nil)
        }
    }

    @Test(
        "A file that says nothing leaves the defaults",
        arguments: [
            "", "\n\n", "# all comments\n  # and more\n", "---\n", "--- # begin\n# nothing\n...\n",
            "\u{FEFF}# comment\n",
            "\r\n# Windows\r\n", "{}", "raft:\n", "raft:\n  # nodeId: node1\n  # port: 1\nserver:\nlog: ~\n",
            "raft: {}\nlimits: null\n",
        ])
    func blank(text: String) async throws {
        try await withFile(text) { path in
            var configuration = try await load(configFile: path)
            configuration.sources = [:]

            #expect(try await load() == configuration)
        }
    }

    @Test("A pipe is read to its end, as a shell gives it with <(…)")
    func pipe() async throws {
        var ends: [Int32] = [0, 0]
        #expect(Glibc.pipe(&ends) == 0)
        let text = Array("raft:\n  nodeId: piped\n".utf8)
        #expect(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        defer { close(ends[0]) }

        #expect(try await load(configFile: "/proc/self/fd/\(ends[0])").nodeID == "piped")
    }

    @Test("Line ends of Windows and the mark at the beginning of a file do not matter")
    func windows() async throws {
        try await withFile("\u{FEFF}raft:\r\n  nodeId: node1\r\n") { path in
            let configuration = try await load(configFile: path)

            #expect(configuration.nodeID == "node1")
        }
    }

    @Test("JSON is read as well")
    func json() async throws {
        try await withFile(#"{"raft": {"nodeId": "node7", "checkQuorum": false}}"#) { path in
            let configuration = try await load(configFile: path)

            #expect(configuration.nodeID == "node7")
            #expect(!configuration.checkQuorum)
        }
    }

    @Test(
        "An unknown key is refused with the nearest key that exists",
        arguments: [
            ("raft:\n  nodeID_: a\n", "raft.nodeID_ is not a setting", "did you mean raft.nodeId?"),
            ("server:\n  prot: 1\n", "server.prot is not a setting", "did you mean server.port?"),
            ("memroy: 1GiB\n", "memroy is not a setting", "did you mean memory?"),
            ("server: 80\n", "server is not a setting", "it is a section"),
            ("server:\n  port:\n    http: 1\n", "server.port.http is not a setting", "did you mean server.port?"),
            ("bb: 1\naa: 2\n", "aa is not a setting", "(and 1 more)"),
            ("x: 1\n", "x is not a setting", ": remove it"),
            ("colour: blue\n", "colour is not a setting", ": remove it"),
            ("nodeId: a\n", "nodeId is not a setting", "did you mean raft.nodeId?"),
            ("data-dir: a\n", "data-dir is not a setting", "did you mean raft.volDir?"),
            ("RAFT_NODE_ID: a\n", "RAFT_NODE_ID is not a setting", "did you mean raft.nodeId?"),
            ("raft: []\n", "raft is not a setting", "it is a section"),
        ])
    func unknownKey(text: String, name: String, advice: String) async throws {
        let error = try await withFile(text) { await loadError(configFile: $0) }

        let found = try #require(error)
        #expect(found.code == .unknownKey)
        #expect(found.message.contains(name))
        #expect(found.message.contains(advice))
        #expect(!found.message.contains("\n"))
    }

    @Test("A key may be written in its section or as a whole")
    func wholeKey() async throws {
        let configuration = try await withFile("raft.nodeId: a\nraft:\n  port: 5\n") { try await load(configFile: $0) }

        #expect(configuration.nodeID == "a" && configuration.raftPort == 5)
    }

    @Test(
        "A setting that is given in its section and by its whole name is given twice, whatever the values are",
        arguments: [
            ("raft.nodeId: a\nraft:\n  nodeId: b\n", "raft.nodeId is given twice"),
            ("raft: {nodeId: a}\nraft.nodeId: a\n", "raft.nodeId is given twice"),
            ("raft:\n  nodeId:\nraft.nodeId: a\n", "raft.nodeId is given twice"),
            (#"{"log": {"level": "info"}, "log.level": ["debug"]}"#, "log.level is given twice"),
            (
                "raft: {port: 1, nodeId: a}\nraft.port: 1\nraft.nodeId: a\n",
                "raft.nodeId is given twice (file "
            ),
        ])
    func repeatedKey(text: String, complaint: String) async throws {
        let error = try #require(try await withFile(text) { await loadError(configFile: $0) })

        #expect(error.code == .contradiction)
        #expect(complaint.hasPrefix("\(error.setting?.key ?? "?") is given twice"))
        #expect(error.message.hasPrefix(complaint))
        #expect(error.message.hasSuffix("remove one"))
    }

    @Test("An unreadable file is named in one line")
    func unreadable() async throws {
        let absent = try #require(await loadError(configFile: "/nowhere/skiff.yaml"))
        #expect(absent.message == "cannot read the configuration file /nowhere/skiff.yaml: there is no such file")

        let directory = try #require(await loadError(configFile: "/"))
        #expect(directory.message.hasSuffix("it is a directory"))
        let endless = try #require(await loadError(configFile: "/dev/zero"))
        #expect(endless.message.hasSuffix("it has more than 1 MiB"))

        for text in ["a: [1\n", "just text\n", "raft:\n  nodeId:\n    - {a: 1}\n", "a: 1\na: 2\n"] {
            let error = try #require(try await withFile(text) { await loadError(configFile: $0) })
            #expect(error.code == .unreadableFile)
            #expect(!error.message.contains("\n"))
        }
    }

    @Test(
        "A list where one value is wanted is refused, also one with a single item or with none",
        arguments: ["server:\n  port: [1, 2]\n", "server:\n  port:\n    - 80\n", "server:\n  port: []\n"])
    func listForPort(text: String) async throws {
        let error = try #require(try await withFile(text) { await loadError(configFile: $0) })

        #expect(error.code == .invalidValue)
        #expect(error.setting == .httpPort)
        #expect(error.message.hasPrefix("server.port: […] (file "))
        #expect(error.message.hasSuffix("a list and not one value; allowed: \(Setting.httpPort.allowed)"))
    }
}
