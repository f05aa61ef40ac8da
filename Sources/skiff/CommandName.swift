internal import LoadGenerator
internal import Programs

/// The command that the first argument names.
enum CommandName {
    /// Throws one line about a word that names no command. The parser would call it an unexpected argument.
    static func check(_ arguments: some Collection<String>, known: [String]) throws(UsageError) {
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !known.contains(word) else { return }
        let meant = NearestName.nearest(to: word, among: known, editsMax: 2)
        let advice = meant.map { "did you mean \($0)?" } ?? "there is \(known.joined(separator: ", "))"
        throw UsageError("'\(word)' is no command of skiff: \(advice) (see --help)")
    }
}
