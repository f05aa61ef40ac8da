// How a condition is read from the text of `--fail-on`.
extension Condition {
    /// Reads conditions that are separated by commas.
    package static func list(_ text: String) throws(UsageError) -> [Condition] {
        let parts = try FlagText("--fail-on", text).list(
            separator: ",", expected: "expected conditions such as p99<20ms,errors<0.1%")
        var conditions: [Condition] = []
        for part in parts { conditions.append(try Condition(FlagText("--fail-on", part))) }
        return conditions
    }

    private init(_ condition: FlagText) throws(UsageError) {
        let text = condition.text
        guard let split = text.firstIndex(where: { $0 == "<" || $0 == ">" }),
            let comparator = Comparator.allCases.first(where: { text[split...].hasPrefix($0.rawValue) })
        else { throw condition.invalid("the comparison is missing; expected <, <=, > or >=") }
        let operand = condition.part(text[split...].dropFirst(comparator.rawValue.count))
        var name = trimmed(text[..<split])

        operation = nil
        if let dot = name.firstIndex(of: "."), let kind = OperationKind(rawValue: String(name[..<dot])) {
            operation = kind
            name = String(name[name.index(after: dot)...])
        }
        self.comparator = comparator
        self.text = text
        (metric, threshold) = try Self.metric(name, operand, in: condition)
        if operation != nil, metric == .gap { throw condition.invalid("gap is of the whole run; leave the prefix out") }
    }

    private static func metric(
        _ name: String, _ operand: FlagText, in condition: FlagText
    ) throws(UsageError) -> (Metric, Double) {
        switch name {
        case "p50", "p90", "p95", "p99", "p99.9", "p99.99":
            guard let percentile = Double(name.dropFirst()) else { throw condition.invalid("no percentile") }
            return (.percentile(percentile), try operand.duration().seconds)
        case "mean": return (.mean, try operand.duration().seconds)
        case "max": return (.max, try operand.duration().seconds)
        case "gap": return (.gap, try operand.duration().seconds)
        case "rate":
            let bare = operand.text.hasSuffix("/s") ? operand.text.dropLast(2) : operand.text[...]
            return (.rate, Double(try operand.part(bare).count()))
        case "errors" where operand.text.hasSuffix("%"):
            let share = try operand.part(operand.text.dropLast()).number("expected a share such as 0.1%")
            guard 0...100 ~= share else { throw condition.invalid("a share is 0% to 100%") }
            return (.errorShare, share / 100)
        case "errors": return (.errorCount, Double(try operand.count()))
        default:
            throw condition.invalid(
                "there is no figure '\(name)'; "
                    + "expected p50, p90, p95, p99, p99.9, p99.99, mean, max, rate, errors or gap"
            )
        }
    }
}
