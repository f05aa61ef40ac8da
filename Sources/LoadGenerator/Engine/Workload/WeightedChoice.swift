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
