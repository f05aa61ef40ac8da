extension ValueSize {
    var largest: Int {
        switch self {
        case .fixed(let bytes): bytes
        case .range(let range): range.upperBound
        case .weighted(let sizes): sizes.filter { $0.weight > 0 }.map(\.bytes).max() ?? 0
        }
    }

    var smallest: Int {
        switch self {
        case .fixed(let bytes): bytes
        case .range(let range): range.lowerBound
        case .weighted(let sizes): sizes.filter { $0.weight > 0 }.map(\.bytes).min() ?? 0
        }
    }

    var isDrawable: Bool {
        guard case .weighted(let sizes) = self else { return true }
        return sizes.allSatisfy { $0.weight.isFinite && $0.weight >= 0 } && sizes.contains { $0.weight > 0 }
    }
}
