/// Blanks what is not code, byte for byte, so that a check does not stumble over a word in a comment or in a message.
/// Interpolations count as part of their literal.
struct CodeScanner {
    private let text: [UInt8]
    private var code: [UInt8]
    private var position = 0

    static func code(of text: [UInt8]) -> [UInt8] {
        var scanner = CodeScanner(text: text, code: text)
        scanner.scan()
        return scanner.code
    }

    private init(text: [UInt8], code: [UInt8]) {
        self.text = text
        self.code = code
    }

    private mutating func scan() {
        while position < text.count {
            if starts("//") {
                while position < text.count, text[position] != UInt8(ascii: "\n") { blank(1) }
            } else if starts("/*") {
                blankComment()
            } else if let pounds = poundsBeforeQuote() {
                blankLiteral(pounds: pounds)
            } else {
                position += 1
            }
        }
    }

    private func starts(_ word: String, at offset: Int = 0) -> Bool {
        let end = position + offset + word.utf8.count
        return end <= text.count && text[(position + offset)..<end].elementsEqual(word.utf8)
    }

    private mutating func blank(_ count: Int) {
        for index in position..<min(position + count, text.count) where text[index] != UInt8(ascii: "\n") {
            code[index] = UInt8(ascii: " ")
        }
        position += count
    }

    /// Block comments nest.
    private mutating func blankComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blank(2)
            } else if starts("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && position < text.count
    }

    /// The number of `#` before a quote at this position; nil if no literal starts here.
    private func poundsBeforeQuote() -> Int? {
        var pounds = 0
        while starts("#", at: pounds) { pounds += 1 }
        return starts("\"", at: pounds) ? pounds : nil
    }

    private mutating func blankLiteral(pounds: Int) {
        let marks = String(repeating: "#", count: pounds)
        let quote = starts("\"\"\"", at: pounds) ? "\"\"\"" : "\""
        blank(pounds + quote.utf8.count)
        while position < text.count, !starts(quote + marks) {
            if starts("\\" + marks + "(") {
                blank(1 + pounds)
                blankInterpolation()
            } else if starts("\\" + marks) {
                blank(2 + pounds)
            } else {
                blank(1)
            }
        }
        blank(quote.utf8.count + pounds)
    }

    /// Balanced parentheses, in which literals may stand again.
    private mutating func blankInterpolation() {
        var depth = 0
        repeat {
            if let pounds = poundsBeforeQuote() {
                blankLiteral(pounds: pounds)
                continue
            }
            if starts("(") { depth += 1 }
            if starts(")") { depth -= 1 }
            blank(1)
        } while depth > 0 && position < text.count
    }
}
