internal import Foundation

/// The seeds of a test that draws at random: all of them, or the one that `SKIFF_SEED` names, which need not be among
/// them.
struct Seeds {
    static let variable = "SKIFF_SEED"

    /// As `swift test --filter` takes it.
    let test: String
    let selected: [UInt64]

    init(
        _ all: ClosedRange<UInt64>, of test: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.test = test
        selected = environment[Self.variable].flatMap { UInt64($0) }.map { [$0] } ?? Array(all)
    }

    /// The words for a failure of `seed`, with the command that runs it alone.
    func replay(_ seed: UInt64) -> String {
        "seed \(seed); to run it alone: \(Self.variable)=\(seed) swift test --filter '\(test)'"
    }
}
