/// Parts a text into code and comments, byte for byte, so that a check does not stumble over a word that stands in a
/// comment or in a message. Interpolations count as part of their literal.
struct CodeScanner {
    private let text: [UInt8]
    private var code: [UInt8]
    private var comments: [UInt8]
    private var position = 0

    /// Two texts as long as `text`, with its line breaks: in the first one comments and the insides of literals are
    /// blank, in the second everything but comments.
    static func parts(of text: [UInt8]) -> (code: [UInt8], comments: [UInt8]) {
        var scanner = CodeScanner(text)
        scanner.scan()
        return (scanner.code, scanner.comments)
    }

    private init(_ text: [UInt8]) {
        self.text = text
        code = text
        comments = text.map { $0 == UInt8(ascii: "\n") ? $0 : UInt8(ascii: " ") }
    }

    private mutating func scan() {
        while position < text.count {
            if starts("//") {
                while position < text.count, text[position] != UInt8(ascii: "\n") { takeComment(1) }
            } else if starts("/*") {
                takeBlockComment()
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

    private mutating func takeComment(_ count: Int) {
        for index in position..<min(position + count, text.count) { comments[index] = text[index] }
        blank(count)
    }

    /// Block comments nest.
    private mutating func takeBlockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                takeComment(2)
            } else if starts("*/") {
                depth -= 1
                takeComment(2)
            } else {
                takeComment(1)
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
