/// The size of types that tend to grow: a type where many values meet should hold these and little else.
struct TypeLimit {
    let name: String
    /// Stored properties, over all files.
    let properties: Int
    /// Lines of all files named for the type; nil for no limit. Those of its nested `StateMachine` do not count.
    let lines: Int?

    static let all = [
        TypeLimit(name: "Replica", properties: 25, lines: nil),
        TypeLimit(name: "HTTPConnection", properties: 12, lines: 320),
        TypeLimit(name: "Conversation", properties: 12, lines: 320),
        // Too many; it may only get fewer.
        TypeLimit(name: "LoadLoop", properties: 39, lines: nil),
    ]

    /// Sentences about the limit where `sources` break it, whose types have these counts of stored properties.
    func violations(in sources: [SourceFile], _ counts: [String: Int]) -> [String] {
        var violations: [String] = []
        let found = counts[name] ?? 0
        if found > properties { violations.append("\(name) has \(found) stored properties; allowed: \(properties)") }
        if let lines {
            let own = sources.filter { $0.typeName == name && !$0.path.hasSuffix("+StateMachine.swift") }
            let total = own.reduce(0) { $0 + $1.lineCount }
            if total > lines { violations.append("the files of \(name) have \(total) lines; allowed: \(lines)") }
        }
        return violations
    }
}
