internal import Bytes
internal import HotPath
internal import NIOConcurrencyHelpers
package import RaftCore

/// Many seeds, on some threads. Each seed is a world of its own, so the threads share only the list of what is done.
package final class Campaign: Sendable {
    /// The sum of all seeds that were played.
    package struct Total: Sendable {
        package var seeds = 0
        package var seedsOf: [Profile: Int] = [:]
        package var events = 0
        package var weak = 0
        package var acknowledged = 0
        package var coverage = Coverage()
        /// Stands for everything that happened, whatever the order in which the seeds were played.
        package var hash: UInt64 = 0
        /// The first seeds that broke a promise, in the order of their numbers.
        package var failures: [(seed: UInt64, profile: Profile, breaches: [String])] = []
    }

    fileprivate struct State {
        var next: UInt64
        var total = Total()
        var isOver = false
    }

    private let end: UInt64?
    private let profile: Profile?
    private let mutant: Mutant?
    private let onStart: @Sendable (UInt64, Profile) -> Void
    private let state: NIOLockedValueBox<State>

    /// Plays the seeds from `first` on: `count` of them, or without end. `onStart` is called on the thread that is
    /// about to play a seed.
    package init(
        first: UInt64, count: UInt64?, profile: Profile?, mutant: Mutant?,
        onStart: @escaping @Sendable (UInt64, Profile) -> Void
    ) {
        end = count.map { first + $0 }
        self.profile = profile
        self.mutant = mutant
        self.onStart = onStart
        state = NIOLockedValueBox(State(next: first))
    }

    package var total: Total { state.withLockedValue { $0.total } }
    package var isOver: Bool { state.withLockedValue { $0.isOver } }

    /// Plays seeds on the calling thread until there are no more, one broke a promise, or `stop` was called.
    package func work() throws {
        while let seed = takeSeed() {
            let profile = profile ?? SeedRun.profile(of: seed)
            onStart(seed, profile)
            let report = try SeedRun(seed: seed, profile: profile, mutant: mutant).play()
            state.withLockedValue { $0.add(report, seed, profile) }
        }
    }

    package func stop() { state.withLockedValue { $0.isOver = true } }

    private func takeSeed() -> UInt64? {
        state.withLockedValue { state in
            guard !state.isOver, end.map({ state.next < $0 }) ?? true else {
                state.isOver = true
                return nil
            }
            state.next += 1
            return state.next - 1
        }
    }
}

extension Campaign.State {
    fileprivate mutating func add(_ report: SeedReport, _ seed: UInt64, _ profile: Profile) {
        total.seeds += 1
        total.seedsOf[profile, default: 0] += 1
        total.events += report.events
        total.acknowledged += report.acknowledged
        if report.isWeak { total.weak += 1 }
        total.coverage.add(report.coverage)
        total.hash &+= SplitMix64.scramble(seed ^ SplitMix64.scramble(report.hash))
        guard !report.breaches.isEmpty else { return }
        total.failures.append((seed, profile, report.breaches))
        total.failures.sort { $0.seed < $1.seed }
        isOver = true
    }
}
