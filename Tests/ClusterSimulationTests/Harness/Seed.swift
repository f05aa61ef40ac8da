import Foundation
import Testing

/// The seed of one simulated run. Its description, which stands in every message of a failing case, is the command that
/// runs it again.
struct Seed: Hashable, Sendable, CustomTestStringConvertible {
    let value: UInt64
    /// Suite and function, as `swift test --filter` finds them.
    let test: String

    var testDescription: String { "SKIFF_SEED=\(value) swift test --filter \(test)" }

    /// The seeds of a test: all of `range`, or only the one that the environment variable `SKIFF_SEED` names, whether
    /// it is in the range or not.
    static func all(
        _ range: ClosedRange<UInt64>, of test: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [Seed] {
        guard let text = environment["SKIFF_SEED"] else { return range.map { Seed(value: $0, test: test) } }
        guard let value = UInt64(text) else { preconditionFailure("SKIFF_SEED is \(text), which is no number") }
        return [Seed(value: value, test: test)]
    }
}
