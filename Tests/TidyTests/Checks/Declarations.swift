/// The names that the code declares, and those from elsewhere that comments may use. No resolution of scopes: a name
/// that is declared anywhere counts.
struct Declarations {
    private var types: Set<Substring> = []
    private var members: Set<Substring> = []
    private var files: Set<Substring> = []

    init(_ sources: [SourceFile]) {
        for file in sources {
            types.insert(file.module)
            files.insert(file.path.split(separator: "/").last ?? "")
            for line in file.codeLines { note(line) }
        }
    }

    private mutating func note(_ line: Substring) {
        guard Self.keywords.contains(where: line.holds) else { return }
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        var isCase = false
        for (word, next) in zip(words, words.dropFirst()) {
            if Self.typeKeywords.contains(word) { types.insert(next) }
            if Self.memberKeywords.contains(word) { members.insert(next) }
            // Several cases may share a line; names of values inside them do no harm.
            if word == "case" { isCase = true }
            if isCase { members.insert(next) }
        }
        // To the reader of a comment a generic parameter is a type.
        if let parameters = line.firstMatch(of: /\w<([^>]*)/)?.1, parameters.first?.isUppercase == true {
            types.formUnion(parameters.split { !$0.isLetter && !$0.isNumber })
        }
    }

    private static let typeKeywords: Set<Substring> = [
        "struct", "class", "enum", "actor", "protocol", "typealias", "associatedtype",
    ]
    private static let memberKeywords: Set<Substring> = ["func", "var", "let"]
    /// Cheap to look for, before a line is taken apart.
    private static let keywords = [
        "struct ", "class ", "enum ", "actor ", "protocol ", "typealias ", "associatedtype ", "func ", "var ", "let ",
        "case ", "extension ",
    ]

    /// What a file may be named for: the types that it declares or extends, by their full names and the parts of
    /// these, and its free functions and values, with a capital letter.
    static func subjects(of file: SourceFile) -> Set<String> {
        var subjects: Set<String> = []
        // An expression is prepared when it is first used, which takes longer than the use.
        let types = /\b(?:struct|class|enum|actor|protocol|typealias|extension)\s+([\w.]+)/
        let values = /^(?:package |private |@\w+ )*(?:func|let|var) (\w+)/
        for line in file.codeLines where keywords.contains(where: line.holds) {
            if line.hasPrefix("extension [") { subjects.insert("Array") }
            if let name = line.firstMatch(of: types)?.1 {
                subjects.insert(String(name))
                subjects.formUnion(name.split(separator: ".").map(String.init))
            } else if !line.hasPrefix(" "), let name = line.firstMatch(of: values)?.1 {
                subjects.insert(name.prefix(1).uppercased() + name.dropFirst())
            }
        }
        return subjects
    }

    /// The types that a file declares at its top level for other files. A protocol may bring along what it is about: a
    /// port and the job that it takes are one subject.
    static func mainTypes(of file: SourceFile) -> [Substring] {
        let head = /(?:(?:@[\w()]+|package|final|indirect|nonisolated) )*(struct|class|enum|actor|protocol) (\w+)/
        let heads = file.codeLines.filter { $0.indentation == 0 && keywords.contains(where: $0.holds) }
            .compactMap { $0.prefixMatch(of: head) }
        guard heads.first?.1 != "protocol" else { return heads.prefix(1).map(\.2) }
        return heads.map(\.2)
    }

    /// Names in backticks in the comments of a file that nothing declares, each with its place. Only names of types,
    /// with or without module or member (`Raft`, `RaftCore.Raft`, `Raft.Role`), and of files: what else stands in
    /// backticks may be a flag, a header field or a name of C.
    func unknownNames(in file: SourceFile) -> [String] {
        file.commentLines.enumerated().flatMap { index, line in
            guard line.utf8.contains(UInt8(ascii: "`")) else { return [String]() }
            return line.matches(of: /`([^`]+)`/).map(\.1).filter { !isKnown($0) }
                .map { "\(file.path):\(index + 1): \($0)" }
        }
    }

    private func isKnown(_ name: Substring) -> Bool {
        if name.hasSuffix(".swift") { return files.contains(name.split(separator: "/").last ?? "") }
        guard let match = name.wholeMatch(of: /([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)((?:\.\w+)*)(?:\(.*\))?/) else {
            return true
        }
        if Self.externals.contains(match.1) { return true }
        guard types.contains(match.1) else { return false }
        return match.2.split(separator: ".").allSatisfy {
            types.contains($0) || members.contains($0) || ["init", "allCases", "rawValue"].contains($0)
        }
    }

    /// Types of the libraries that we use, and words of HTTP, JSON and the operating system, that look like types.
    static let externals: Set<Substring> = [
        "Array", "Benchmarks", "ConfigReader", "Dictionary", "Docs", "ETag", "ExitCode", "Foundation", "Host", "Int",
        "Modules",
        "NIOThreadPool", "Sendable", "Set", "Sources", "SstFileWriter", "String", "Swift", "Task", "Tests", "UInt16",
        "UInt32", "UInt64", "UInt8",
    ]
}
