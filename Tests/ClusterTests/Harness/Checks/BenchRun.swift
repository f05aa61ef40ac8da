import Foundation
import Glibc
import Testing

/// One run of `skiff bench`, from its start to its output.
final class BenchRun {
    struct Outcome {
        let status: ChildProcess.ExitStatus?
        let output: String
        /// Lines on standard error, without the one that the generator was held up.
        let complaints: [String]
        /// Whether the run is invalid for no other reason than that: a busy machine does that to any run.
        let wasHeldUp: Bool

        init(status: ChildProcess.ExitStatus?, output: String, errors: [String]) {
            let heldUp = "INVALID RUN: the generator was held up: "
            self.status = status
            self.output = output
            complaints = errors.filter { !$0.contains(heldUp) }
            let reasons = (errors + output.split(separator: "\n").map(String.init)).filter {
                $0.contains("INVALID RUN: ")
            }
            wasHeldUp = !reasons.isEmpty && reasons.allSatisfy { $0.contains(heldUp) }
        }

        /// Expects this exit status, or 1 in place of success if the generator was held up.
        func expectStatus(_ expected: Int32, at location: SourceLocation = #_sourceLocation) {
            let status: Int32 = wasHeldUp && expected == 0 ? 1 : expected
            #expect(self.status == .code(status), "\(complaints) \(output.suffix(1_000))", sourceLocation: location)
        }

        /// The JSON document on standard output; empty if there is none.
        var report: [String: Any] {
            do {
                return try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
            } catch {
                return [:]
            }
        }

        /// The member at this path of the report as a number.
        func number(_ path: String...) -> Double? {
            var value: Any? = report
            for name in path { value = (value as? [String: Any])?[name] }
            return (value as? NSNumber)?.doubleValue
        }
    }

    private let process: ChildProcess
    private let outputPath: String
    private let complaints: NodeLog

    /// Starts the program. Standard output goes to a file below `directory` or to `outputPath`. `shell` is a command in
    /// which `"$@"` stands for the program and its arguments.
    init(
        _ arguments: [String], in directory: TemporaryDirectory, outputPath: String? = nil,
        shell: String = #"exec "$@""#
    ) throws {
        let name = "bench-\(UUID().uuidString.prefix(8))"
        self.outputPath = outputPath ?? directory.path.appending(path: "\(name).out")
        complaints = NodeLog(path: directory.path.appending(path: "\(name).err"))
        process = try ChildProcess(
            ProcessLauncher.Launch(
                executable: "/bin/sh", arguments: ["-c", shell, "sh", try Programs.skiff(), "bench"] + arguments,
                environment: ProcessEnvironment.base, workingDirectory: directory.path,
                standardOutputPath: self.outputPath, standardErrorPath: complaints.path))
    }

    /// No run outlives its test.
    deinit { process.kill() }

    func interrupt() { process.send(SIGINT) }

    func finish(within limit: Duration = .seconds(60)) -> Outcome {
        let status = process.waitForExit(within: limit)
        let bytes = FileManager.default.contents(atPath: outputPath) ?? Data()
        return Outcome(status: status, output: String(decoding: bytes, as: UTF8.self), errors: complaints.lines())
    }

    /// Runs the program to its end. `endpoints` are ports of this machine.
    static func perform(
        _ ports: [Int], _ arguments: [String], in directory: TemporaryDirectory, outputPath: String? = nil
    ) throws -> Outcome {
        try BenchRun(endpoints(ports) + arguments, in: directory, outputPath: outputPath).finish()
    }

    static func endpoints(_ ports: [Int]) -> [String] {
        ["--endpoints", ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")]
    }
}
