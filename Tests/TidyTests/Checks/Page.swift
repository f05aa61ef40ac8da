/// A page in Markdown.
struct Page {
    /// Relative to the root of the repository.
    let path: String
    let lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The lines outside of fenced code, with their numbers from 1.
    private var textLines: [(number: Int, text: Substring)] {
        var isCode = false
        return lines.enumerated().compactMap { index, line in
            if line.drop(while: \.isWhitespace).hasPrefix("```") {
                isCode.toggle()
                return nil
            }
            return isCode ? nil : (index + 1, line)
        }
    }

    /// The paragraphs, the elements of lists and the cells of tables. Headings are left out: they may be questions.
    var prose: [Prose] {
        var passages: [Prose] = []
        var passage = Prose(path: path)
        func end() {
            if !passage.words.isEmpty { passages.append(passage) }
            passage = Prose(path: path)
        }
        for (number, line) in textLines {
            let text = line.drop(while: \.isWhitespace)
            if text.isEmpty || text.hasPrefix("#") {
                end()
            } else if text.hasPrefix("|") {
                for cell in text.split(separator: "|") {
                    end()
                    passage.append(cell, at: number)
                }
                end()
            } else {
                if text.firstMatch(of: #/^(?:[-*]|\d+\.)\s/#) != nil { end() }
                passage.append(text, at: number)
            }
        }
        end()
        return passages
    }

    /// `path:line` of rows that break their table: with more or fewer cells than its head, or cut off from it by an
    /// empty line.
    var brokenRows: [String] {
        var broken: [String] = []
        var columns: Int?
        var isHead = true
        for (number, line) in textLines {
            guard line.hasPrefix("|") else {
                columns = nil
                isHead = true
                continue
            }
            let count = Self.cellCount(line)
            if let columns {
                // The row below the head makes it a table.
                if count != columns || (isHead && line.contains { !"|-: ".contains($0) }) {
                    broken.append("\(path):\(number)")
                }
                isHead = false
            }
            columns = columns ?? count
        }
        return broken
    }

    /// A pipe within a cell is written `\|`.
    private static func cellCount(_ row: Substring) -> Int {
        var count = -1
        var previous: Character = " "
        for character in row {
            if character == "|", previous != "\\" { count += 1 }
            previous = character
        }
        return count
    }

    /// `path:line` and name of the Swift files that the text names and that `exist` does not know.
    func missingFiles(_ exist: (Substring) -> Bool) -> [String] {
        textLines.flatMap { number, line in
            line.matches(of: /[\w+\/]+\.swift\b/).map(\.0).filter { !exist($0) }.map { "\(path):\(number): \($0)" }
        }
    }

    /// The rules of the hot path that the page states, each in bold: `**R1**`.
    var ruleNumbers: Set<Substring> {
        Set(lines.flatMap { $0.matches(of: /\*\*(R\d+)\*\*/).map(\.1) })
    }
}
