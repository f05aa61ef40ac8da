internal import Foundation

/// The seed of one test with random input. Its description, which stands in every message of a failing case, is the
/// command that runs it again.
package struct Seed: Hashable, Sendable, CustomStringConvertible {
    private static let variable = "SKIFF_SEED"

    package let value: UInt64
    /// Suite and function, as `swift test --filter` finds them.
    package let test: String

    package var description: String { "\(Self.variable)=\(value) swift test --filter \(test)" }

    /// The seeds of a test: all of `range`, or only the one that the environment variable `SKIFF_SEED` names, whether
    /// it is in the range or not.
    package static func all(_ range: ClosedRange<UInt64>, of test: String) -> [Seed] {
        all(range, of: test, environment: ProcessInfo.processInfo.environment)
    }

    /// The seed of a long test that draws another one in each run.
    package static func random(in range: ClosedRange<UInt64>, of test: String) -> Seed {
        random(in: range, of: test, environment: ProcessInfo.processInfo.environment)
    }

    // MARK: Environment

    static func all(_ range: ClosedRange<UInt64>, of test: String, environment: [String: String]) -> [Seed] {
        if let chosen = chosen(by: environment) { return [Seed(value: chosen, test: test)] }
        return range.map { Seed(value: $0, test: test) }
    }

    static func random(in range: ClosedRange<UInt64>, of test: String, environment: [String: String]) -> Seed {
        Seed(value: chosen(by: environment) ?? .random(in: range), test: test)
    }

    private static func chosen(by environment: [String: String]) -> UInt64? {
        guard let text = environment[variable] else { return nil }
        guard let value = UInt64(text) else { preconditionFailure("\(variable) is \(text), which is not a number") }
        return value
    }
}
