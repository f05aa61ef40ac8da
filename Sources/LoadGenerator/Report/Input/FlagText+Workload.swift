/// Mixes of operations, key patterns and value sizes.
extension FlagText {
    /// Weights above zero in any scale, each operation once: `get=90,put=10`.
    func mix() throws(UsageError) -> [WeightedOperation] {
        let names = OperationKind.allCases.map(\.rawValue).joined(separator: ", ")
        let allowed = "expected operation=weight, several separated by commas, such as get=90,put=10"
        var mix: [WeightedOperation] = []
        for pair in try list(separator: ",", expected: allowed) {
            let sides = pair.split(separator: "=", omittingEmptySubsequences: false).map(trimmed)
            guard sides.count == 2 else { throw invalid(allowed) }
            guard let kind = OperationKind(rawValue: sides[0]) else {
                throw invalid("there is no operation '\(sides[0])'; expected one of \(names)")
            }
            guard !mix.contains(where: { $0.kind == kind }) else { throw invalid("\(sides[0]) is there twice") }
            mix.append(WeightedOperation(kind, weight: try weight(sides[1])))
        }
        return mix
    }

    /// `uniform`, `zipfian`, `zipfian:0.8`, `sequential`, `hot-set:0.2/0.8`, `latest`.
    func keyPattern() throws(UsageError) -> KeyPattern {
        let allowed = "expected uniform, zipfian[:0.99], sequential, hot-set:0.2/0.8 or latest"
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let argument = parts.count == 2 ? parts[1] : nil
        switch (parts.first ?? "", argument) {
        case ("uniform", nil): return .uniform
        case ("sequential", nil): return .sequential
        case ("latest", nil): return .latest
        case ("zipfian", nil): return .zipfian(theta: WorkloadPreset.zipfianTheta)
        case ("zipfian", let argument?):
            let theta = try part(argument).number(allowed)
            guard theta > 0, theta < 1 else { throw invalid("theta must be above 0 and below 1") }
            return .zipfian(theta: theta)
        case ("hot-set", nil): return .hotSet(keyShare: 0.2, operationShare: 0.8)
        case ("hot-set", let argument?):
            let shares = argument.split(separator: "/", omittingEmptySubsequences: false)
            guard shares.count == 2 else { throw invalid(allowed) }
            let keyShare = try part(shares[0]).number(allowed)
            let operationShare = try part(shares[1]).number(allowed)
            guard 0...1 ~= keyShare, 0...1 ~= operationShare else { throw invalid("shares are 0 to 1") }
            guard keyShare > 0 else { throw invalid("the share of the keys must be above 0") }
            return .hotSet(keyShare: keyShare, operationShare: operationShare)
        default: throw invalid(allowed)
        }
    }

    /// `256`, `64-4096`, `64=50,1024=30,16KiB=20`.
    func valueSize() throws(UsageError) -> ValueSize {
        if text.contains("=") { return .weighted(try weightedSizes()) }
        if let dash = text.firstIndex(of: "-"), dash != text.startIndex {
            let lower = try part(text[..<dash]).byteCount()
            let upper = try part(text[text.index(after: dash)...]).byteCount()
            guard lower <= upper else { throw invalid("the smaller size comes first") }
            return lower == upper ? .fixed(lower) : .range(lower...upper)
        }
        return .fixed(try byteCount())
    }

    private func weightedSizes() throws(UsageError) -> [WeightedSize] {
        let allowed = "expected size=weight, several separated by commas, such as 64=50,16KiB=50"
        var sizes: [WeightedSize] = []
        for pair in try list(separator: ",", expected: allowed) {
            let sides = pair.split(separator: "=", omittingEmptySubsequences: false).map(trimmed)
            guard sides.count == 2 else { throw invalid(allowed) }
            let bytes = try part(sides[0]).byteCount()
            guard !sizes.contains(where: { $0.bytes == bytes }) else { throw invalid("\(sides[0]) is there twice") }
            sizes.append(WeightedSize(bytes: bytes, weight: try weight(sides[1])))
        }
        return sizes
    }

    private func weight(_ text: String) throws(UsageError) -> Double {
        let allowed = "a weight is a number above 0"
        let weight = try part(text).number(allowed)
        guard weight > 0 else { throw invalid(allowed) }
        return weight
    }
}
