internal import ArgumentParser
internal import Bytes

/// A flag that was given more than once. The parser alone would take the last value without a word, and a flag that a
/// wrapper script adds would win over the one that the operator wrote.
enum RepeatedFlag {
    /// Throws if `flag`, without its dashes, has more than one value.
    static func refuse(_ flag: String, _ values: [String]) throws(ValidationError) {
        guard values.count > 1 else { return }
        let shown = values.prefix(3).map { "'\($0.escapedForTerminal(charactersMax: 100))'" }
        let rest = values.count > 3 ? ", …" : ""
        throw ValidationError("--\(flag) is given \(times(values.count)): \(shown.joined(separator: ", "))\(rest)")
    }

    private static func times(_ count: Int) -> String { count == 2 ? "twice" : "\(count) times" }
}
