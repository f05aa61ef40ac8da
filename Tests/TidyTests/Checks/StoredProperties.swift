/// Counts the stored properties of types. It relies on the formatter, as `FunctionLengths` does: the body of a type
/// ends with the first brace in the column of its declaration, and its members stand four columns further right.
enum StoredProperties {
    /// The same over several files.
    static func counts(in files: [SourceFile]) -> [String: Int] {
        files.reduce(into: [:]) { $0.merge(counts(in: $1), uniquingKeysWith: +) }
    }

    /// The number of stored properties of each struct, class and actor in a file, by the type's name. Properties of the
    /// type itself (`static`) are left out.
    static func counts(in file: SourceFile) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (index, line) in file.codeLines.enumerated() {
            guard ["struct ", "class ", "actor "].contains(where: line.holds) else { continue }
            let declaration = /^[\w\s()@~]*?\b(?:struct|class|actor)\s+([A-Z]\w*)/
            guard let name = line.firstMatch(of: declaration)?.1 else { continue }
            counts[String(name), default: 0] += count(inTypeAt: index, of: file.codeLines)
        }
        return counts
    }

    private static func count(inTypeAt start: Int, of lines: [Substring]) -> Int {
        let column = lines[start].indentation
        var count = 0
        for index in (start + 1)..<max(start + 1, lines.count) {
            let line = lines[index]
            guard let first = line.firstByte else { continue }
            let indentation = line.indentation
            if indentation == column, first == UInt8(ascii: "}") { break }
            guard indentation == column + 4, line.holds("var ") || line.holds("let ") else { continue }
            count += names(declaredBy: line, next: index + 1 < lines.count ? lines[index + 1] : "")
        }
        return count
    }

    /// How many stored properties a line at the top level of a type declares.
    private static func names(declaredBy line: Substring, next: Substring) -> Int {
        let declaration = /^\s*((?:@?\w+(?:\([^)]*\))? )*)(var|let) ([^:={]+)(.*)/
        guard let match = line.firstMatch(of: declaration) else { return 0 }
        let modifiers = match.1.split(separator: " ")
        guard !modifiers.contains("static"), !modifiers.contains("class") else { return 0 }
        let names = match.3.split(separator: ",").count
        if match.2 == "let" { return names }
        // A brace before any value opens an accessor, unless that only observes.
        let beforeValue = match.4.prefix { $0 != "=" }
        guard beforeValue.contains("{") || match.4.hasPrefix("{") else { return names }
        let observes = ["didSet", "willSet"].contains { line.contains($0) || next.contains($0) }
        return observes ? names : 0
    }
}
