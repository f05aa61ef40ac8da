/// Finds functions and computed properties with their lengths. It relies on the formatter: a body ends with the first
/// brace that stands in the column of its declaration.
enum FunctionLengths {
    struct Function {
        /// `path name`, the form of the list of exceptions.
        let name: String
        /// The line of the declaration, from 1.
        let line: Int
        let lineCount: Int
    }

    static func functions(of file: SourceFile) -> [Function] {
        var functions: [Function] = []
        // Prepared when it is first used, which takes longer than the use.
        let declaration = Self.declaration
        for (index, line) in file.codeLines.enumerated() {
            guard let name = Self.name(of: line, declaration), let end = end(of: index, in: file.codeLines)
            else { continue }
            functions.append(
                Function(name: "\(file.path) \(name)", line: index + 1, lineCount: end - index + 1))
        }
        return functions
    }

    private typealias Declaration = Regex<(Substring, Substring?, Substring?, Substring?, Substring?)>

    /// A declaration at the start of a line, after attributes and modifiers only: a call such as `super.init(` is none.
    private static var declaration: Declaration {
        /^[@\w\s()]*?\b(?:func\s+([^\s(<]+)|(init|subscript)[?]?\s*[(<]|(deinit)\b|var\s+(\w+)[^=]*\{\s*$)/
    }

    private static func name(of line: Substring, _ declaration: Declaration) -> Substring? {
        guard keywords.contains(where: line.holds), let match = line.firstMatch(of: declaration) else { return nil }
        return match.1 ?? match.2 ?? match.3 ?? match.4
    }

    /// Cheap to look for, before the expression is tried.
    private static let keywords = ["func ", "init", "subscript", "var "]

    /// The index of the line that closes the body; nil for a requirement without body or a body in the same line.
    private static func end(of start: Int, in lines: [Substring]) -> Int? {
        let column = lines[start].indentation
        for index in (start + 1)..<max(start + 1, lines.count) {
            let line = lines[index]
            guard let first = line.firstByte else { continue }
            let indentation = line.indentation
            guard indentation <= column else { continue }
            guard indentation == column else { return nil }
            if first == UInt8(ascii: "}") { return index }
            // The rest of a signature that takes several lines.
            let rest = line.drop(while: \.isWhitespace)
            guard ["{", ")", "where ", "->"].contains(where: rest.hasPrefix) else { return nil }
        }
        return nil
    }
}
