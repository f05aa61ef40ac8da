/// A way of saying that this project does not use, and what it says instead. Only what can be decided without knowing
/// the subject: the others are a table in `Docs/Contributing.md`.
struct WordRule: Sendable {
    /// The word at a position must be this one for the rule to say anything about it (`Prose.Word.bare`).
    let word: String
    let advice: String
    /// Whether the word at a position breaks the rule.
    let matches: @Sendable (_ prose: Prose, _ position: Int) -> Bool

    /// `path:line` of the words that break a rule, with the advice.
    static func violations(of prose: Prose) -> [String] {
        prose.words.indices.flatMap { position -> [String] in
            guard let rules = byWord[prose.words[position].bare] else { return [] }
            return rules.filter { $0.matches(prose, position) }.map { "\(prose.place(of: position)): \($0.advice)" }
        }
    }

    private static let byWord = Dictionary(grouping: all, by: \.word)

    static let all: [WordRule] = [
        WordRule(word: "behind", advice: "of time and order say after, not behind") { prose, position in
            !lagging.contains(prose.bare(position - 1)) && !hiding.contains(prose.bare(position + 1))
        },
        phrase("beside", "say next to, in addition to or apart from, not beside"),
        WordRule(word: "so", advice: "say this many or name the number, not so many") { prose, position in
            guard prose.has(["so", "many"], at: position) else { return false }
            // After a comma it is "therefore".
            guard position == 0 || prose.words[position - 1].text.last != "," else { return false }
            // "So many that …" is as good as any.
            return !(2...9).contains { prose.bare(position + $0) == "that" }
        },
        phrase("for ever", "say forever, or until when"),
        phrase("goes on", "say continues, or what happens next"),
        phrase("play ball", "say what is passed to and fro"),
        phrase("in its right mind", "say correct or healthy"),
        phrase("be it that", "say including or even if"),
        phrase("incarnation", "say start, of a process, or generation, of a slot"),
        phrase("loop turn", "an event loop makes passes; only the replica has turns"),
        WordRule(word: "what", advice: "begin the sentence with its subject, not with What") { prose, position in
            prose.startsSentence(position) && prose.words[position].text == "What"
                && verbs.contains(prose.bare(position + 1))
        },
    ]

    private static func phrase(_ phrase: String, _ advice: String) -> WordRule {
        let words = phrase.split(separator: " ").map(String.init)
        return WordRule(word: words[0], advice: advice) { prose, position in prose.has(words, at: position) }
    }

    /// After these words it is correct: something lags, or is left.
    private static let lagging: Set<String> = [
        "far", "further", "entries", "term", "terms", "fall", "falls", "fell", "fallen", "lag", "lags", "lagging",
        "leave", "leaves", "left", "is", "was", "are", "be", "nor",
    ]
    /// Before these words it is correct: they hide something.
    private static let hiding: Set<String> = ["ports"]

    private static let verbs: Set<String> = ["is", "are", "was", "were", "has", "have", "does", "cannot", "must"]
}

extension Prose {
    /// Empty outside of the passage.
    fileprivate func bare(_ position: Int) -> String { words.indices.contains(position) ? words[position].bare : "" }

    /// Whether the phrase stands here, within one sentence.
    fileprivate func has(_ phrase: [String], at position: Int) -> Bool {
        guard bare(position) == phrase[0] else { return false }
        for offset in 1..<max(phrase.count, 1) {
            guard bare(position + offset) == phrase[offset], !words[position + offset - 1].endsSentence else {
                return false
            }
        }
        return true
    }
}
