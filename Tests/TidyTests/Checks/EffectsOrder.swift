/// The contract between the core and its owner, read from the two places that state it.
enum EffectsOrder {
    /// The fields of a turn, as `Effects` declares them.
    static func declared(in lines: [String]) -> [String] {
        lines.drop { !$0.contains("// MARK: Of the turn") }.prefix { !$0.contains("init()") }.compactMap { line in
            line.firstMatch(of: /^    package var (\w+)/).map { String($0.1) }
        }
    }

    /// The fields in the order in which `Replica.carryOutEffects` first looks at them. The log job is the execution of
    /// `hardState`.
    static func executed(in lines: [String]) -> [String] {
        var fields: [String] = []
        for line in lines.drop(while: { !$0.contains("func carryOutEffects") }).prefix(while: { $0 != "    }" }) {
            let found =
                line.contains("submitLogJob(")
                ? ["hardState"] : line.matches(of: /effects\.(\w+)/).map { String($0.1) }
            for field in found where field != "removeAll" && !fields.contains(field) { fields.append(field) }
        }
        return fields
    }
}
