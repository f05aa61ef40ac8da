import Foundation
import Logging
import Testing

@testable import SkiffServer

@Suite("Lines of the log")
struct LogFormTests {
    private func record(
        _ message: String = "peer link is open", _ metadata: Logger.Metadata = [:], level: Logger.Level = .info
    ) -> LogRecord {
        LogRecord(
            time: LogTime(secondsSince1970: 1_795_694_132, milliseconds: 7), level: level, label: "skiffd",
            message: message, metadata: metadata)
    }

    private func text(_ message: String = "peer link is open", _ metadata: Logger.Metadata = [:]) -> String {
        LogForm.text(isColored: false).line(record(message, metadata))
    }

    @Test("Times are in UTC and have milliseconds")
    func time() {
        #expect("\(LogTime(secondsSince1970: 0, milliseconds: 0))" == "1970-01-01T00:00:00.000Z")
        #expect("\(LogTime(secondsSince1970: 1_795_694_132, milliseconds: 123))" == "2026-11-26T11:55:32.123Z")
        #expect("\(LogTime(secondsSince1970: 951_782_399, milliseconds: 999))" == "2000-02-28T23:59:59.999Z")
        #expect("\(LogTime(secondsSince1970: 951_782_400, milliseconds: 9))" == "2000-02-29T00:00:00.009Z")
    }

    @Test("Text has the message first, then the fields in the order of their keys, quoted where that is needed")
    func fields() {
        #expect(
            text("peer link is open", ["peer": "node2", "dialled by": "this node", "address": "127.0.0.1:1112"])
                == "2026-11-26T11:55:32.007Z info    peer link is open address=127.0.0.1:1112 "
                + "dialled_by=\"this node\" peer=node2\n")
    }

    @Test(
        "A value stands as it is if it is one word; else it is quoted, and escaped once",
        arguments: [
            ("node2", "node2"), ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""), ("nöde", "nöde"),
            ("say \"hi\"", #""say \"hi\"""#), (#"C:\data"#, #"C:\data"#), (#"a \"#, #""a \\""#),
            (#"a\"b"#, #""a\\\"b""#), (#"\u{22}x\u{22} y"#, #""\u{22}x\u{22} y""#), ("a\nb", #""a\nb""#),
            ("\u{1B}[31m", #""\u{1b}[31m""#), ("\u{202E}x", #""\u{202e}x""#),
        ])
    func values(value: String, written: String) {
        #expect(text("m", ["k": "\(value)"]).hasSuffix(" m k=\(written)\n"))
    }

    @Test("Nothing in a message looks like another record, and none of it reaches the terminal as a command")
    func messages() {
        #expect(text("banner\n  node1\nforged").hasSuffix("info    banner\n  node1\n  forged\n"))
        #expect(text("a\u{1B}[2Jb\rc").hasSuffix("info    a\\u{1b}[2Jb\\rc\n"))
        #expect(text(#"the nodes "a" and "b""#).hasSuffix("info    the nodes \"a\" and \"b\"\n"))
    }

    @Test("Colours are for terminals and for the format auto, unless they are not wanted")
    func colours() {
        func form(_ format: ServerConfiguration.LogFormat, terminal: Bool, _ environment: [String: String] = [:])
            -> LogForm
        {
            LogForm(format, isTerminal: terminal, environment: environment)
        }

        #expect(form(.auto, terminal: true) == .text(isColored: true))
        #expect(form(.auto, terminal: false) == .text(isColored: false))
        #expect(form(.auto, terminal: true, ["NO_COLOR": "1"]) == .text(isColored: false))
        #expect(form(.auto, terminal: true, ["NO_COLOR": ""]) == .text(isColored: true))
        #expect(form(.auto, terminal: true, ["TERM": "dumb"]) == .text(isColored: false))
        #expect(form(.text, terminal: true) == .text(isColored: false))
        #expect(form(.json, terminal: true) == .json)
        let colored = LogForm.text(isColored: true).line(record("m", ["k": "v"], level: .error))
        #expect(colored.contains("\u{1B}[31merror\u{1B}[0m   m \u{1B}[2mk=\u{1B}[0mv\n"))
    }

    @Test("JSON is one object per line whose members are texts, the fields in metadata")
    func json() throws {
        let line = LogForm.json.line(record("a \"b\"\n\u{1B}\u{2028}", ["level": "x", "k": "ü\\"], level: .warning))

        #expect(line.hasSuffix("\n"))
        #expect(line.dropLast().allSatisfy { !$0.isNewline })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["time"] as? String == "2026-11-26T11:55:32.007Z")
        #expect(object["level"] as? String == "warning")
        #expect(object["label"] as? String == "skiffd")
        #expect(object["message"] as? String == "a \"b\"\n\u{1B}\u{2028}")
        #expect(object["metadata"] as? [String: String] == ["level": "x", "k": "ü\\"])
        #expect(object.count == 5)
        #expect(!LogForm.json.line(record()).contains("metadata"))
    }
}
