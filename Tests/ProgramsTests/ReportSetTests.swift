import ArgumentParser
import LoadGenerator
import Testing

@testable import skiff

@Suite("Reports and the places where they go")
struct ReportSetTests {
    @Test("Standard output takes one report")
    func standardOutput() throws {
        let environment = HostEnvironment.current()
        func reports(_ arguments: String...) throws -> ReportSet {
            try ReportSet(Bench.parse(arguments).report, environment: environment)
        }

        for flag in ["--json", "--csv", "--hgrm", "--html"] { _ = try reports(flag, "-") }
        let both = UsageError("standard output takes one report, and --json and --html go there")
        #expect(throws: both) { try reports("--html", "-", "--json", "/dev/stdout") }
        let formatted = UsageError("standard output takes one report, and --output and --csv go there")
        #expect(throws: formatted) { try reports("--csv", "-", "--output", "text") }
        let empty = UsageError("--json '': expected the name of a file, or - for standard output")
        #expect(throws: empty) { try reports("--json", "") }
        #expect(throws: UsageError("--json is there twice")) { try reports("--json", "-", "--json", "a") }
        #expect(throws: UsageError("--no-color is there twice")) { try reports("--no-color", "--no-color") }
        #expect(throws: UsageError.self, "the same file by another name") {
            try reports("--json", "/tmp/skiff-report", "--html", "/tmp/../tmp/./skiff-report")
        }
    }
}
