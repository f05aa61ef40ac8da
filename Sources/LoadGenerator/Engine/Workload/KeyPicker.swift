internal import Bytes

/// Draws the numbers of keys. One per event loop.
struct KeyPicker {
    /// The rank space of YCSB's scrambled Zipfian: far more ranks than keys, so that hashing reaches every key.
    static let scrambledRanks: UInt64 = 10_000_000_000
    static let latestTheta = 0.99

    private enum Rule {
        case uniform
        case scrambled(ZipfianDistribution)
        case sequential
        case hotSet(hotCount: UInt64, operationShare: Double)
        case latest
    }

    private let rule: Rule
    private var recency: ZipfianDistribution?
    private let keyCount: UInt64
    /// The most inserts in flight. `latest` leaves out this many of the newest keys, since they may not exist yet.
    private let inFlightMax: UInt64
    private let shared: SharedKeys

    init(_ pattern: KeyPattern, keyCount: Int, inFlightMax: Int, shared: SharedKeys) {
        self.keyCount = UInt64(keyCount)
        self.inFlightMax = UInt64(inFlightMax)
        self.shared = shared
        switch pattern {
        case .uniform:
            rule = .uniform
        case .zipfian(let theta):
            rule = .scrambled(ZipfianDistribution(count: Self.scrambledRanks, theta: theta))
        case .sequential:
            rule = .sequential
        case .hotSet(let keyShare, let operationShare):
            let count = UInt64((Double(keyCount) * keyShare).rounded())
            rule = .hotSet(hotCount: min(max(count, 1), UInt64(keyCount)), operationShare: operationShare)
        case .latest:
            rule = .latest
            recency = ZipfianDistribution(count: UInt64(keyCount), theta: Self.latestTheta)
        }
    }

    /// The key of the next operation that is not an insert.
    mutating func next(_ random: inout RandomSource) -> UInt64 {
        switch rule {
        case .uniform:
            return random.below(keyCount)
        case .scrambled(let distribution):
            return SplitMix64.scramble(distribution.draw(&random)) % keyCount
        case .sequential:
            return shared.nextInSequence() % keyCount
        case .hotSet(let hotCount, let operationShare):
            if hotCount == keyCount || random.unit() < operationShare { return random.below(hotCount) }
            return hotCount + random.below(keyCount - hotCount)
        case .latest:
            return nextLatest(&random)
        }
    }

    private mutating func nextLatest(_ random: inout RandomSource) -> UInt64 {
        let inserted = shared.insertedCount
        let settled = inserted > inFlightMax ? inserted - inFlightMax : 0
        recency?.grow(to: keyCount + settled)
        guard let recency else { preconditionFailure("the pattern latest has no distribution") }
        return recency.count - 1 - recency.draw(&random)
    }
}
