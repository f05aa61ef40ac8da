import Bytes
import Testing

@testable import LoadGenerator

@Suite("The workload is random where it should be and the same for the same seed")
struct WorkloadTests {
    @Test("The generator gives the sequence that its authors published")
    func references() {
        var random = RandomSource(state: 1, 2, 3, 4)

        #expect((0..<4).map { _ in random.next() } == [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
    }

    @Test("The same seed gives the same requests, another seed or loop gives others")
    func determinism() {
        func draws(seed: UInt64, loop: Int) -> [UInt64] {
            var plan = LoadPlan(endpoints: [HostAndPort(host: "h", port: 1)])
            plan.seed = seed
            plan.mix = [WeightedOperation(.get, weight: 1), WeightedOperation(.put, weight: 1)]
            plan.valueSize = .range(10...1_000)
            var source = WorkloadSource(plan: plan, loop: loop, keys: picker(.uniform, keyCount: 1_000_000))
            return (0..<100).flatMap { _ in
                [UInt64(source.nextKind().position), source.nextKey(), UInt64(source.nextValueSize())]
            }
        }

        #expect(draws(seed: 1, loop: 0) == draws(seed: 1, loop: 0))
        #expect(draws(seed: 1, loop: 0) != draws(seed: 2, loop: 0))
        #expect(draws(seed: 1, loop: 0) != draws(seed: 1, loop: 1))
    }

    @Test("Operations and value sizes come in the proportion of their weights")
    func weights() {
        var plan = LoadPlan(endpoints: [HostAndPort(host: "h", port: 1)])
        plan.mix = [
            WeightedOperation(.get, weight: 9), WeightedOperation(.delete, weight: 0),
            WeightedOperation(.put, weight: 1),
        ]
        plan.valueSize = .weighted([WeightedSize(bytes: 10, weight: 3), WeightedSize(bytes: 5_000, weight: 1)])
        var source = WorkloadSource(plan: plan, loop: 0, keys: picker(.uniform, keyCount: 10))
        let kinds = (0..<10_000).map { _ in source.nextKind() }
        let sizes = (0..<10_000).map { _ in source.nextValueSize() }

        #expect((8_800...9_200).contains(kinds.count { $0 == .get }))
        #expect(!kinds.contains(.delete))
        #expect((7_250...7_750).contains(sizes.count { $0 == 10 }))
        #expect(Set(sizes) == [10, 5_000])
    }

    @Test("A range of sizes reaches both its ends")
    func sizeRange() {
        var plan = LoadPlan(endpoints: [HostAndPort(host: "h", port: 1)])
        plan.valueSize = .range(3...5)
        var source = WorkloadSource(plan: plan, loop: 0, keys: picker(.uniform, keyCount: 10))

        #expect(Set((0..<1_000).map { _ in source.nextValueSize() }) == [3, 4, 5])
    }

    // MARK: Keys

    private func picker(_ pattern: KeyPattern, keyCount: Int, shared: SharedKeys = SharedKeys()) -> KeyPicker {
        KeyPicker(pattern, keyCount: keyCount, inFlightMax: 4, shared: shared)
    }

    private func draw(_ count: Int, _ picker: KeyPicker) -> [UInt64] {
        var picker = picker
        var random = RandomSource(seed: 7, stream: 0)
        return (0..<count).map { _ in picker.next(&random) }
    }

    @Test("Uniform keys reach every key about equally often")
    func uniform() {
        let keys = draw(100_000, picker(.uniform, keyCount: 100))
        let counts = Dictionary(grouping: keys) { $0 }.mapValues(\.count)

        #expect(counts.count == 100)
        #expect(counts.values.allSatisfy { (800...1_200).contains($0) })
        #expect(keys.allSatisfy { $0 < 100 })
    }

    @Test("The sum of the Zipfian distribution is YCSB's published constant for 10^10 items")
    func zeta() {
        #expect(abs(ZipfianDistribution.zeta(10_000_000_000, 0.99) - 26.469_028_201_783_02) < 1e-6)
        #expect(ZipfianDistribution.zeta(1, 0.5) == 1)
        let exact = (1...200_000).reduce(0.0) { $0 + 1 / Double($1).squareRoot() }
        #expect(abs(ZipfianDistribution.zeta(200_000, 0.5) - exact) < 1e-6)
    }

    @Test("Zipfian keys: the hottest takes its share, the hot ones are scattered")
    func zipfian() {
        let keys = draw(200_000, picker(.zipfian(theta: 0.99), keyCount: 1_000_000))
        let counts = Dictionary(grouping: keys) { $0 }.mapValues(\.count).sorted { $0.value > $1.value }

        // 1 / 26.469 of all operations, and half of that for the next.
        #expect((7_200...7_900).contains(counts[0].value))
        #expect((3_500...4_100).contains(counts[1].value))
        #expect(counts.prefix(10).map(\.key).contains { $0 > 500_000 })
        #expect(counts.prefix(10).map(\.key).contains { $0 < 500_000 })
        #expect(keys.allSatisfy { $0 < 1_000_000 })
    }

    @Test("A Zipfian distribution that grew draws like one that was made at that size")
    func growth() {
        var grown = ZipfianDistribution(count: 10, theta: 0.9)
        grown.grow(to: 1_000)
        let made = ZipfianDistribution(count: 1_000, theta: 0.9)
        var one = RandomSource(seed: 1, stream: 0)
        var other = one

        #expect((0..<1_000).map { _ in grown.draw(&one) } == (0..<1_000).map { _ in made.draw(&other) })
    }

    @Test("Ranks stay within bounds even where there are only one or two", arguments: [1, 2, 3])
    func fewRanks(count: UInt64) {
        let distribution = ZipfianDistribution(count: count, theta: 0.99)
        var random = RandomSource(seed: 3, stream: 0)
        let ranks = Set((0..<1_000).map { _ in distribution.draw(&random) })

        #expect(ranks == Set(0..<count))
    }

    @Test("Sequential keys count over all event loops together and begin anew at the end")
    func sequential() {
        let shared = SharedKeys()
        let first = draw(3, picker(.sequential, keyCount: 5, shared: shared))
        let second = draw(4, picker(.sequential, keyCount: 5, shared: shared))

        #expect(first + second == [0, 1, 2, 3, 4, 0, 1])
    }

    @Test("A hot set takes its share of the operations")
    func hotSet() {
        let keys = draw(100_000, picker(.hotSet(keyShare: 0.1, operationShare: 0.9), keyCount: 1_000))
        let hotCount = keys.count { $0 < 100 }

        #expect((89_500...90_500).contains(hotCount))
        #expect(keys.contains { $0 >= 900 })
        #expect(keys.allSatisfy { $0 < 1_000 })
        #expect(Set(draw(1_000, picker(.hotSet(keyShare: 0, operationShare: 1), keyCount: 10))) == [0])
        #expect(Set(draw(1_000, picker(.hotSet(keyShare: 1, operationShare: 0), keyCount: 3))) == [0, 1, 2])
    }

    @Test("The latest keys are preferred, and those whose insert may be in flight are left out")
    func latest() {
        let shared = SharedKeys()
        for _ in 0..<104 { _ = shared.nextInserted() }
        let keys = draw(10_000, picker(.latest, keyCount: 900, shared: shared))

        // 104 were added, and four may be in flight: 1,000 keys.
        #expect(keys.max() == 999)
        let counts = Dictionary(grouping: keys) { $0 }.mapValues(\.count)
        #expect(counts.max { $0.value < $1.value }?.key == 999)
        #expect(keys.count { $0 >= 900 } > 5_000)
    }
}
