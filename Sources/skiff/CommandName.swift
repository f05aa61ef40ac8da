internal import LoadGenerator

/// The command that the first argument names.
enum CommandName {
    /// Throws one line about a word that names no command. The parser would call it an unexpected argument.
    static func check(_ arguments: some Collection<String>, known: [String]) throws(UsageError) {
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !known.contains(word) else { return }
        let nearest = known.map { (name: $0, edits: edits(from: word, to: $0)) }.min { $0.edits < $1.edits }
        let advice =
            if let nearest, nearest.edits <= 2 { "did you mean \(nearest.name)?" } else {
                "there is \(known.joined(separator: ", "))"
            }
        throw UsageError("'\(word)' is no command of skiff: \(advice) (see --help)")
    }

    /// Letters to insert and to take away; a wrong letter counts twice.
    private static func edits(from word: String, to name: String) -> Int {
        Array(word.lowercased()).difference(from: Array(name)).count
    }
}
