import Foundation

/// A Swift file: its text, its code without comments and the contents of string literals, and its comments.
struct SourceFile {
    /// Relative to the root of the repository.
    let path: String
    let lines: [Substring]
    /// One for each of `lines`; comments and the insides of literals are blank.
    let codeLines: [Substring]
    /// One for each of `lines`; everything but comments is blank.
    let commentLines: [Substring]

    init(path: String, text: String) {
        self.path = path
        let parts = CodeScanner.parts(of: Array(text.utf8))
        lines = Self.lines(of: text)
        codeLines = Self.lines(of: String(decoding: parts.code, as: UTF8.self))
        commentLines = Self.lines(of: String(decoding: parts.comments, as: UTF8.self))
    }

    /// Foundation parts them in a fraction of the time of `split`, which looks at each character.
    private static func lines(of text: String) -> [Substring] {
        text.components(separatedBy: "\n").map { $0[...] }
    }

    /// The folder below `Sources` or `Tests`.
    var module: Substring {
        let components = path.split(separator: "/")
        return components.count > 2 ? components[1] : ""
    }

    /// Without the empty one after the last line break.
    var lineCount: Int { lines.last == "" ? lines.count - 1 : lines.count }

    var folder: Substring { path[..<(path.lastIndex(of: "/") ?? path.startIndex)] }

    /// The type that the name of the file promises: what stands before `+` or the end of the name.
    var typeName: Substring { (path.split(separator: "/").last ?? "").prefix { $0 != "+" && $0 != "." } }

    /// `path:line` of the code lines that contain one of the words.
    func places(ofAny words: [String]) -> [String] {
        places { line in words.contains { line.holds($0) } }
    }

    /// `path:line` of the code lines that match.
    func places(where matches: (Substring) -> Bool) -> [String] {
        codeLines.enumerated().filter { matches($0.element) }.map { "\(path):\($0.offset + 1)" }
    }

    /// The rules of the hot path that comments cite: number, and `path:line` with the number.
    var citedRules: [(rule: Substring, place: String)] {
        commentLines.enumerated().flatMap { index, line -> [(rule: Substring, place: String)] in
            guard line.holds("R") else { return [] }
            return line.matches(of: /\bR\d+\b/).map { ($0.0, "\(path):\(index + 1): \($0.0)") }
        }
    }
}
