/// What somebody wrote behind a flag, with the name of that flag for the error message.
///
/// Each reading function either returns a value within its documented range or throws one line that names the flag, the
/// text and what would be allowed.
struct FlagText {
    /// With its dashes: `--rate`.
    let flag: String
    let text: String
    /// What an error message quotes: the text, or what it is a part of.
    private let quoted: String

    init(_ flag: String, _ text: some StringProtocol) {
        self.flag = flag
        self.text = String(text)
        quoted = self.text
    }

    private init(_ part: some StringProtocol, of whole: FlagText) {
        flag = whole.flag
        text = trimmed(part)
        quoted = whole.quoted
    }

    /// A part without the spaces around it. Its errors quote the whole.
    func part(_ text: some StringProtocol) -> FlagText { FlagText(text, of: self) }

    func invalid(_ allowed: String) -> UsageError {
        UsageError("\(flag) '\(quoted)': \(allowed)")
    }

    /// The parts between the separators, without the spaces around them. An empty part is an error.
    func list(separator: Character, expected: String) throws(UsageError) -> [String] {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false).map(trimmed)
        guard parts.allSatisfy({ !$0.isEmpty }) else { throw invalid(expected) }
        return parts
    }

    /// A name out of a closed set.
    func choice<Choice>() throws(UsageError) -> Choice
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw invalid("expected one of \(names)")
        }
        return choice
    }
}

func trimmed(_ text: some StringProtocol) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
}
