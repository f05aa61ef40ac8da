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

/// Draws one of several elements by weight; an element of weight 0 is never drawn.
struct WeightedChoice<Element> {
    private let elements: [Element]
    /// Where the share of each element ends, in 0…1.
    private let ends: [Double]

    init(_ weighted: [(Element, Double)]) {
        let chosen = weighted.filter { $0.1 > 0 }
        precondition(!chosen.isEmpty, "a choice among elements without weight was asked for")
        let total = chosen.reduce(0) { $0 + $1.1 }
        var sum = 0.0
        var ends: [Double] = []
        for (_, weight) in chosen {
            sum += weight
            ends.append(sum / total)
        }
        self.ends = ends
        elements = chosen.map(\.0)
    }

    func draw(_ random: inout RandomSource) -> Element {
        guard elements.count > 1 else { return elements[0] }
        let unit = random.unit()
        for index in 0..<(elements.count - 1) where unit < ends[index] { return elements[index] }
        return elements[elements.count - 1]
    }
}
