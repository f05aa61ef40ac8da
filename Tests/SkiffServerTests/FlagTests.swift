import ArgumentParser
import Testing

@testable import SkiffServer
@testable import skiffd

@Suite("Flags of skiffd")
struct FlagTests {
    @Test("Every setting is taken from its flag, as the text that it is")
    func everyFlag() throws {
        let arguments = Setting.allCases.flatMap { ["--\($0.flag)", "value of \($0.key)"] }
        let serve = try Serve.parse(arguments)

        let given = [serve.http.given, serve.raft.given, serve.process.given].flatMap { $0 }
        #expect(given.count == Setting.allCases.count)
        for (setting, text) in given { #expect(text == "value of \(setting.key)") }
    }

    @Test("A flag that was not given sets nothing")
    func sparse() throws {
        let serve = try Serve.parse(["--raft-port=2"])

        #expect(serve.http.given.isEmpty)
        #expect(serve.raft.given == [.raftPort: "2"])
    }

    @Test(
        "A flag that is given twice is refused, also with the same value, and says so",
        arguments: [
            (["--http-port", "1", "--http-port", "2"], "--http-port is given twice: '1', '2'"),
            (["--http-port=1", "--http-port", "2"], "--http-port is given twice: '1', '2'"),
            (["--node-id", "a", "--node-id", "a"], "--node-id is given twice: 'a', 'a'"),
            (["--memory=1", "--memory=2", "--memory=3"], "--memory is given 3 times: '1', '2', '3'"),
            (["--config", "a", "--config", "b"], "--config is given twice: 'a', 'b'"),
        ])
    func repeated(arguments: [String], message: String) {
        for command in [arguments, ["serve"] + arguments] {
            let error = #expect(throws: (any Error).self) { try Skiffd.parseAsRoot(command) }
            #expect(error.map { Skiffd.message(for: $0) } == message)
            #expect(error.map { Skiffd.exitCode(for: $0) } == .validationFailure)
        }
        #expect(throws: (any Error).self) { try Health.parse(["--http-port", "1", "--http-port", "1"]) }
    }

    @Test("The help has for every setting its flag, meaning, values, default and variable")
    func help() {
        let help = Skiffd.helpMessage(for: Serve.self, columns: 1_000)
        let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")

        for setting in Setting.allCases {
            let expected =
                "--\(setting.flag) <value> \(setting.summary). Allowed: \(setting.allowed). "
                + "(default: \(setting.defaultText); environment: \(setting.variable))"
            #expect(words.contains(expected))
        }
        #expect(help.contains("\nHTTP:\n"))
        #expect(help.contains("\nRAFT:\n"))
        #expect(help.contains("\nPROCESS:\n"))
    }

    @Test("The health check takes where to ask and nothing else, and its help says the same")
    func health() throws {
        #expect(try Health.parse(["--http-port", "80"]).http.given == [.httpPort: "80"])
        let help = Skiffd.helpMessage(for: Health.self)
        for setting in Setting.allCases {
            let isTaken = [.httpHost, .httpPort].contains(setting)
            #expect(help.contains("--\(setting.flag) ") == isTaken, "--\(setting.flag)")
            if !isTaken { #expect(throws: (any Error).self) { try Health.parse(["--\(setting.flag)", "1"]) } }
        }
    }

    @Test("A misspelled flag is answered with the nearest one")
    func misspelled() {
        let error = #expect(throws: (any Error).self) { try Serve.parse(["--http-por", "1"]) }

        #expect(error.map(Serve.message) == "Unknown option '--http-por'. Did you mean '--http-port'?")
    }
}
