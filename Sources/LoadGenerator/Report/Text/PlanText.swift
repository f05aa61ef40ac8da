internal import Bytes

/// A plan in words, for the head of every report.
enum PlanText {
    /// Heading and text of each line, in the order of reading.
    static func lines(_ plan: LoadPlan, _ style: TextStyle) -> [(heading: String, text: String)] {
        var lines = [
            ("target", plan.target.rawValue),
            ("endpoints", "\(endpoints(plan)) (\(plan.spread.rawValue))"),
            ("workload", mix(plan, style)),
            ("keys", keys(plan, style)),
            ("values", "\(valueSize(plan.valueSize, style)), incompressible"),
            ("load", load(plan, style)),
        ]
        if let reads = reads(plan) { lines.append(("reads", reads)) }
        lines.append(("run", run(plan)))
        return lines.map { (heading: $0.0, text: $0.1) }
    }

    /// As many endpoints as fit into a line, and the number of the others.
    private static func endpoints(_ plan: LoadPlan) -> String {
        var text = ""
        for (index, endpoint) in plan.endpoints.enumerated() {
            let separator = index == 0 ? "" : ", "
            if index > 0, text.count + endpoint.description.count > 50 {
                return text + " and \(plan.endpoints.count - index) more"
            }
            text += separator + endpoint.description
        }
        return text
    }

    static func mix(_ plan: LoadPlan, _ style: TextStyle) -> String {
        let total = plan.mix.reduce(0) { $0 + $1.weight }
        let parts = plan.mix.filter { $0.weight > 0 }.map { operation in
            let name = operation.kind == .batch ? batch(plan, style) : operation.kind.rawValue
            return plan.mix.count == 1 ? name : "\(name) \(Decimals.percent(operation.weight / total))"
        }
        return parts.joined(separator: ", ")
    }

    private static func batch(_ plan: LoadPlan, _ style: TextStyle) -> String {
        "batch of \(plan.batchSize)\(plan.batchIsAtomic ? " (atomic)" : "")"
    }

    private static func keys(_ plan: LoadPlan, _ style: TextStyle) -> String {
        let count = Decimals.grouped(UInt64(plan.keyCount))
        let filling = plan.fillsFirst ? ", filled first" : ""
        return "\(count), prefix '\(plan.keyPrefix)', \(distribution(plan.keys))\(filling)"
    }

    static func distribution(_ keys: KeyPattern) -> String {
        switch keys {
        case .uniform: "uniform"
        case .zipfian(let theta): "zipfian \(Decimals.plain(theta, fractionDigitsMax: 4))"
        case .sequential: "sequential"
        case .hotSet(let keyShare, let operationShare):
            "\(Decimals.percent(operationShare)) of operations on \(Decimals.percent(keyShare)) of keys"
        case .latest: "latest"
        }
    }

    static func valueSize(_ size: ValueSize, _ style: TextStyle) -> String {
        switch size {
        case .fixed(let bytes): return "\(Decimals.grouped(UInt64(bytes))) B"
        case .range(let range): return "\(range.lowerBound) \(style.dash) \(range.upperBound) B, uniform"
        case .weighted(let sizes):
            let total = sizes.reduce(0) { $0 + $1.weight }
            let parts = sizes.prefix(5).map { "\($0.bytes) B \(Decimals.percent($0.weight / total))" }
            return parts.joined(separator: ", ") + (sizes.count > 5 ? " and \(sizes.count - 5) more" : "")
        }
    }

    private static func load(_ plan: LoadPlan, _ style: TextStyle) -> String {
        let threads = plan.threads == 1 ? "1 thread" : "\(plan.threads) threads"
        let places = "\(plan.connections) connections \(style.times) \(plan.pipeline) in flight, \(threads)"
        guard let rate = plan.rate else { return "closed loop, \(places)" }
        return "open loop, \(Decimals.plain(rate))/s over at most \(places)"
    }

    /// Nil if nothing is read.
    private static func reads(_ plan: LoadPlan) -> String? {
        let kinds: Set<OperationKind> = [.get, .compareAndSet, .readModifyWrite]
        guard plan.uses(kinds.contains) else { return nil }
        if let consistency = plan.consistency { return consistency.rawValue }
        switch plan.target {
        case .skiff, .etcd: return "linearizable (the server's default)"
        // Its interface has no other.
        case .raftSample: return "stale (the server's default)"
        }
    }

    private static func run(_ plan: LoadPlan) -> String {
        let end =
            switch plan.ending {
            case .after(let duration): Decimals.duration(duration)
            case .afterRequests(let count): "\(Decimals.grouped(UInt64(count))) requests"
            }
        let warmup = plan.warmup == .zero ? "no warm-up" : "\(Decimals.duration(plan.warmup)) warm-up"
        return "\(end) after \(warmup), seed \(plan.seed), timeout \(Decimals.duration(plan.timeout))"
    }
}
