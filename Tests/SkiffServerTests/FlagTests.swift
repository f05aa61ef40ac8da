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

    @Test("A flag that was not given sets nothing, and one that is given twice counts as last given")
    func sparse() throws {
        let serve = try Serve.parse(["--raft-port", "1", "--raft-port=2"])

        #expect(serve.http.given.isEmpty)
        #expect(serve.raft.given == [.raftPort: "2"])
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

    @Test("The health check reads the settings of HTTP and no others")
    func health() throws {
        #expect(try Health.parse(["--http-port", "80"]).http.given == [.httpPort: "80"])
        #expect(throws: (any Error).self) { try Health.parse(["--raft-port", "80"]) }
    }

    @Test("A misspelled flag is answered with the nearest one")
    func misspelled() {
        let error = #expect(throws: (any Error).self) { try Serve.parse(["--http-por", "1"]) }

        #expect(error.map(Serve.message) == "Unknown option '--http-por'. Did you mean '--http-port'?")
    }
}
