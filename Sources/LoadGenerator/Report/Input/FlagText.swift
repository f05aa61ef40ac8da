/// The text that a user wrote after a flag, with the name of the flag for error messages.
///
/// Each parsing function either returns a value within its documented range or throws one line that names the flag, the
/// text and the allowed values.
struct FlagText {
    /// With its dashes: `--rate`.
    let flag: String
    let text: String
    /// The text that error messages quote: the text itself, or the whole that it is a part of.
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

    /// A part of the text without surrounding spaces. Its errors quote the whole text.
    func part(_ text: some StringProtocol) -> FlagText { FlagText(text, of: self) }

    func invalid(_ allowed: String) -> UsageError {
        UsageError("\(flag) '\(quoted)': \(allowed)")
    }

    /// The parts between the separators, without surrounding spaces. An empty part is an error.
    func list(separator: Character, expected: String) throws(UsageError) -> [String] {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false).map(trimmed)
        guard parts.allSatisfy({ !$0.isEmpty }) else { throw invalid(expected) }
        return parts
    }

    /// One of a closed set of names.
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
