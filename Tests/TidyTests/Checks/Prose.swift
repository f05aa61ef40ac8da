/// A passage of prose, word by word: a run of comment lines, or a paragraph of a page.
struct Prose {
    struct Word {
        let text: Substring
        /// Counted from 1.
        let line: Int
        /// Without case and without the punctuation around it.
        let bare: String
        /// Whether a sentence ends with this word.
        let endsSentence: Bool

        init(_ text: Substring, line: Int) {
            self.text = text
            self.line = line
            func isPartOfWord(_ byte: UInt8) -> Bool {
                byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
            }
            let bytes = Array(text.utf8)
            let start = bytes.firstIndex(where: isPartOfWord) ?? bytes.endIndex
            let end = bytes.lastIndex(where: isPartOfWord).map { $0 + 1 } ?? start
            bare = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
            endsSentence = bytes[end...].contains { ".?!:".utf8.contains($0) }
        }
    }

    /// Of the file that it stands in.
    let path: String
    private(set) var words: [Word] = []

    init(path: String) { self.path = path }

    mutating func append(_ line: Substring, at number: Int) {
        words += line.split(whereSeparator: \.isWhitespace).map { Word($0, line: number) }
    }

    /// `path:line` of a word.
    func place(of position: Int) -> String { "\(path):\(words[position].line)" }

    func startsSentence(_ position: Int) -> Bool { position == 0 || words[position - 1].endsSentence }
}

extension SourceFile {
    /// The comments: each run of lines is one passage, and so is the title of each test and suite.
    var prose: [Prose] {
        var passages: [Prose] = []
        var passage = Prose(path: path)
        for (index, line) in commentLines.enumerated() {
            let text = line.drop { $0.isWhitespace || $0 == "/" || $0 == "*" }
            // A line without words parts two paragraphs.
            if text.isEmpty {
                passages.append(passage)
                passage = Prose(path: path)
            }
            passage.append(text, at: index + 1)
        }
        passages.append(passage)
        for (index, line) in lines.enumerated() {
            guard line.holds("@Test(") || line.holds("@Suite("),
                let title = line.firstMatch(of: /^\s*@(?:Test|Suite)\(\s*"(.*)"/)?.1
            else { continue }
            var passage = Prose(path: path)
            passage.append(title, at: index + 1)
            passages.append(passage)
        }
        return passages.filter { !$0.words.isEmpty }
    }
}
