internal import ArgumentParser
internal import Glibc
internal import LoadGenerator

/// Which reports a run makes, checked before it starts, and how they are written after it.
struct ReportSet {
    private enum Format: String, CaseIterable { case text, json, csv }
    private enum Content { case json, intervals, percentiles, page }

    private let format: Format
    private let files: [(content: Content, file: ReportFile)]
    private let conditions: [Condition]
    private let noColor: Bool
    private let environment: RunEnvironment

    /// Throws `UsageError`, or `ExitCode` after a line about a file that cannot be written.
    init(_ options: ReportOptions, environment: RunEnvironment) throws {
        guard let format = Format(rawValue: options.output ?? "text") else {
            throw UsageError("--output '\(options.output ?? "")': expected one of text, json, csv")
        }
        self.format = format
        self.environment = environment
        noColor = options.noColor
        conditions = if let text = options.failOn { try Condition.list(text) } else { [] }
        let named: [(Content, String?)] = [
            (.json, options.json), (.intervals, options.csv), (.percentiles, options.hgrm), (.page, options.html),
        ]
        let paths = named.compactMap { content, path in path.map { (content, $0) } }
        if let path = paths.map(\.1).first(where: { path in paths.count { $0.1 == path } > 1 }), path != "/dev/null" {
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

    /// Writes everything that can be written, and says what cannot.
    func write(_ result: LoadResult) -> BenchExit {
        let summary = Summary(result)
        let outcomes = summary.outcomes(of: conditions)
        var isComplete = Console.write(standardOutput(summary, outcomes))
        for (content, file) in files {
            do throws(ReportFile.Failure) {
                try file.write(text(content, summary, outcomes))
            } catch {
                Console.complain(error.message)
                isComplete = false
            }
        }
        if format != .text { complainAboutFailures(result, outcomes) }
        return BenchExit.status(of: result, outcomes: outcomes, reportsAreComplete: isComplete)
    }

    /// The text report says it itself; the other formats are for programs, and people read standard error.
    private func complainAboutFailures(_ result: LoadResult, _ outcomes: [ConditionOutcome]) {
        for reason in result.invalidReasons { Console.complain("INVALID RUN: \(reason)") }
        for outcome in outcomes where !outcome.holds { Console.complain(TextReport.sentence(outcome)) }
        if let verification = result.verification, !verification.passed {
            Console.complain("verification failed")
            for example in verification.examples { Console.complain(example) }
        }
        if result.lacksVerification { Console.complain(TextReport.nothingVerified) }
    }

    private func standardOutput(_ summary: Summary, _ outcomes: [ConditionOutcome]) -> String {
        switch format {
        case .text:
            let style = Console.style(of: STDOUT_FILENO, noColor: noColor)
            return TextReport(summary, outcomes: outcomes, style: style).text()
        case .json: return JSONReport(summary, outcomes: outcomes, environment: environment).text()
        case .csv: return CSVReport.operations(summary)
        }
    }

    private func text(_ content: Content, _ summary: Summary, _ outcomes: [ConditionOutcome]) -> String {
        switch content {
        case .json: JSONReport(summary, outcomes: outcomes, environment: environment).text()
        case .intervals: CSVReport.intervals(summary)
        case .percentiles: PercentileReport.text(summary)
        case .page: HTMLReport(summary, outcomes: outcomes, environment: environment).text()
        }
    }
}
