import ArgumentParser
import Glibc
import Programs
import Testing

@Suite("How a program ends")
struct ProgramExitTests {
    private struct Tool: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "tool", version: "1.2")

        @Option var size: Int?
    }

    private struct Failure: Error, CustomStringConvertible {
        let description = "no disk\n\nno hope\n"
    }

    @Test("Wrong arguments end with 64 and one line that says where to read on")
    func wrongArguments() async {
        let result = await #expect(processExitsWith: .exitCode(64), observing: [\.standardErrorContent]) {
            let error = #expect(throws: (any Error).self) { try Tool.parse(["--size", "x"]) }
            if let error { ProgramExit.leave(Tool.self, after: error, help: "tool --help") }
        }

        #expect(text(result) == "tool: The value 'x' is invalid for '--size <size>' (see tool --help)\n")
    }

    @Test("Settings that the program finds wrong end with 64 and its own line")
    func misuse() async {
        let result = await #expect(processExitsWith: .exitCode(64), observing: [\.standardErrorContent]) {
            ProgramExit.leave(Tool.self, afterMisuse: "--size x: too large")
        }

        #expect(text(result) == "tool: --size x: too large\n")
    }

    @Test("Another failure ends with 1, on one line whatever it says")
    func failure() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            ProgramExit.leave(Tool.self, after: Failure(), help: "tool --help")
        }

        #expect(text(result) == "tool: no disk; no hope\n")
    }

    @Test("A command may choose the status itself")
    func ownStatus() async {
        await #expect(processExitsWith: .exitCode(99)) {
            ProgramExit.leave(Tool.self, after: ExitCode(99), help: "tool --help")
        }
    }

    @Test("The version is an answer and no failure")
    func version() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let error = #expect(throws: (any Error).self) { try Tool.parse(["--version"]) }
            if let error { ProgramExit.leave(Tool.self, after: error, help: "tool --help") }
        }

        #expect(result.map { String(decoding: $0.standardOutputContent, as: UTF8.self) }?.hasSuffix("1.2\n") == true)
    }

    @Test("A pipe that nobody reads does not keep a program from its end")
    func unreadPipe() async {
        await #expect(processExitsWith: .exitCode(64)) {
            var ends: [CInt] = [0, 0]
            precondition(pipe(&ends) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
            while write(ends[1], "full", 4) > 0 {}
            // From here on a write waits.
            precondition(fcntl(ends[1], F_SETFL, 0) == 0)
            dup2(ends[1], STDERR_FILENO)

            ProgramExit.leave(Tool.self, afterMisuse: "nobody hears this")
        }
    }

    private func text(_ result: ExitTest.Result?) -> String? {
        result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    }
}
