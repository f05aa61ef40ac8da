import Glibc

/// Parts a text into code and comments, byte for byte, so that a check does not stumble over a word that stands in a
/// comment or in a message. Interpolations count as part of their literal.
///
/// It goes over some megabytes, in a debug build, so the library of C looks for the next byte that means something.
struct CodeScanner {
    /// With a zero at its end.
    private let text: [UInt8]
    private let count: Int
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
        self.text = text + [0]
        count = text.count
        code = text
        comments = text
        Self.blank(0..<count, of: &comments)
    }

    private mutating func scan() {
        while position < count {
            position += distance(to: "/#\"")
            if starts("//") {
                takeComment(distance(to: "\n"))
            } else if starts("/*") {
                takeBlockComment()
            } else if let pounds = poundsBeforeQuote() {
                blankLiteral(pounds: pounds)
            } else {
                position += 1
            }
        }
    }

    /// The number of bytes before the next one of these, or before the end.
    private func distance(to bytes: String) -> Int {
        text.withUnsafeBytes { text in
            let length = strcspn(text.baseAddress!.assumingMemoryBound(to: CChar.self) + position, bytes)
            return min(length, count - position)
        }
    }

    private func starts(_ word: String, at offset: Int = 0) -> Bool {
        let end = position + offset + word.utf8.count
        return end <= count && text[(position + offset)..<end].elementsEqual(word.utf8)
    }

    private mutating func blank(_ count: Int) {
        let end = min(position + count, self.count)
        Self.blank(position..<max(position, end), of: &code)
        position += count
    }

    /// Line breaks stay.
    private static func blank(_ range: Range<Int>, of bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            var position = range.lowerBound
            while position < range.upperBound {
                let rest = range.upperBound - position
                let found = memchr(start + position, CInt(UInt8(ascii: "\n")), rest)
                let length = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(start + position) } ?? rest
                memset(start + position, CInt(UInt8(ascii: " ")), length)
                position += length + 1
            }
        }
    }

    private mutating func takeComment(_ count: Int) {
        let range = position..<min(position + count, self.count)
        comments.replaceSubrange(range, with: text[range])
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
        } while depth > 0 && position < count
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
        let (end, escape) = (quote + marks, "\\" + marks)
        while position < count {
            blank(distance(to: "\"\\"))
            if starts(end) { return blank(end.utf8.count) }
            if starts(escape + "(") {
                blank(escape.utf8.count)
                blankInterpolation()
            } else if starts(escape) {
                blank(1 + escape.utf8.count)
            } else {
                blank(1)
            }
        }
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
        } while depth > 0 && position < count
    }
}
