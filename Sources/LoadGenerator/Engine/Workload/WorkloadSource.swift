/// Chooses the requests of one event loop: operation, key and length of the value. The same seed and loop give the same
/// sequence.
struct WorkloadSource {
    var random: RandomSource
    private var keys: KeyPicker
    private let kinds: WeightedChoice<OperationKind>
    private let sizes: Sizes

    private enum Sizes {
        case fixed(Int)
        case range(ClosedRange<Int>)
        case weighted(WeightedChoice<Int>)
    }

    init(plan: LoadPlan, loop: Int, keys: KeyPicker) {
        random = RandomSource(seed: plan.seed, stream: UInt64(loop))
        self.keys = keys
        kinds = WeightedChoice(plan.mix.map { ($0.kind, $0.weight) })
        sizes =
            switch plan.valueSize {
            case .fixed(let bytes): .fixed(bytes)
            case .range(let range): .range(range)
            case .weighted(let sizes): .weighted(WeightedChoice(sizes.map { ($0.bytes, $0.weight) }))
            }
    }

    mutating func nextKind() -> OperationKind { kinds.draw(&random) }

    mutating func nextKey() -> UInt64 { keys.next(&random) }

    mutating func nextValueSize() -> Int {
        switch sizes {
        case .fixed(let bytes): bytes
        case .range(let range): range.lowerBound + Int(random.below(UInt64(range.count)))
        case .weighted(let choice): choice.draw(&random)
        }
    }
}
