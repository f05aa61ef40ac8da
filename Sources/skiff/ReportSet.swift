internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import LoadGenerator

/// Which reports a run makes, checked before it starts, and how they are written after it.
struct ReportSet {
    private enum Content { case text, json, operations, intervals, percentiles, page }

    private let standardOutput: Content
    /// A summary for people goes to standard error if a file named `-` takes its place.
    private let hasTextOnStandardError: Bool
    private let files: [(content: Content, file: ReportFile)]
    private let conditions: [Condition]
    private let noColor: Bool
    private let environment: RunEnvironment

    /// Throws `UsageError`, or `ExitCode` after a line about a file that cannot be written.
    init(_ options: ReportOptions, environment: RunEnvironment) throws {
        self.environment = environment
        noColor = try options.refusesColor
        conditions = if let text = GivenFlag("--fail-on").list(options.failOn) { try Condition.list(text) } else { [] }
        let output = try GivenFlag("--output").single(options.output)
        let named: [(flag: String, content: Content, path: String?)] = [
            ("--json", .json, try GivenFlag("--json").single(options.json)),
            ("--csv", .intervals, try GivenFlag("--csv").single(options.csv)),
            ("--hgrm", .percentiles, try GivenFlag("--hgrm").single(options.hgrm)),
            ("--html", .page, try GivenFlag("--html").single(options.html)),
        ]
        if let empty = named.first(where: { $0.path == "" }) {
            throw UsageError("\(empty.flag) '': expected the name of a file, or - for standard output")
        }
        let streams = named.filter { Self.isStandardOutput($0.path) }
        let claims = (output == nil ? [] : ["--output"]) + streams.map(\.flag)
        guard claims.count <= 1 else {
            throw UsageError("standard output takes one report, and \(claims.joined(separator: " and ")) go there")
        }
        standardOutput = if let stream = streams.first { stream.content } else { try Self.content(output ?? "text") }
        hasTextOnStandardError = !streams.isEmpty

        let paths = named.compactMap { name in name.path.map { (name.content, $0) } }
            .filter { !Self.isStandardOutput($0.1) }
        let resolved = paths.map { URL(filePath: $0.1).standardizedFileURL.resolvingSymlinksInPath().path }
        if let path = resolved.first(where: { path in resolved.count { $0 == path } > 1 }), path != "/dev/null" {
            throw UsageError("two reports go to the same file, \(path)")
        }
        do throws(ReportFile.Failure) {
            var files: [(Content, ReportFile)] = []
            for (content, path) in paths { files.append((content, try ReportFile(path))) }
            self.files = files
        } catch {
            Console.complain(error.message)
            throw ExitCode(BenchExit.failure.rawValue)
        }
    }

    private static func content(_ output: String) throws(UsageError) -> Content {
        switch output {
        case "text": return .text
        case "json": return .json
        case "csv": return .operations
        default: throw UsageError("--output '\(output)': expected one of text, json, csv")
        }
    }

    private static func isStandardOutput(_ path: String?) -> Bool {
        ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path)
    }

    /// Writes everything that can be written, and says what cannot.
    func write(_ result: LoadResult) -> BenchExit {
        let summary = Summary(result)
        let outcomes = summary.outcomes(of: conditions)
        var isComplete = Console.write(text(standardOutput, summary, outcomes, on: STDOUT_FILENO))
        for (content, file) in files {
            do throws(ReportFile.Failure) {
                try file.write(text(content, summary, outcomes))
            } catch {
                Console.complain(error.message)
                isComplete = false
            }
        }
        if hasTextOnStandardError {
            // If nobody reads it, the report on standard output is there all the same.
            _ = ReportFile.writeAll(text(.text, summary, outcomes, on: STDERR_FILENO), to: STDERR_FILENO)
        } else if standardOutput != .text {
            for line in summary.complaints(outcomes) { Console.complain(line) }
        }
        return BenchExit.status(of: summary, outcomes: outcomes, reportsAreComplete: isComplete)
    }

    /// `descriptor` is where a text goes; the documents are the same everywhere.
    private func text(
        _ content: Content, _ summary: Summary, _ outcomes: [ConditionOutcome], on descriptor: Int32 = STDOUT_FILENO
    ) -> String {
        switch content {
        case .text:
            let style = Console.style(of: descriptor, noColor: noColor)
            return TextReport(summary, outcomes: outcomes, style: style, width: Console.width(of: descriptor)).text()
        case .json: return JSONReport(summary, outcomes: outcomes, environment: environment).text()
        case .operations: return CSVReport.operations(summary)
        case .intervals: return CSVReport.intervals(summary)
        case .percentiles: return PercentileReport.text(summary)
        case .page: return HTMLReport(summary, outcomes: outcomes, environment: environment).text()
        }
    }
}
