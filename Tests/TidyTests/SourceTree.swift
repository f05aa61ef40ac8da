import Foundation

/// The files of this repository, read once for all checks.
struct SourceTree {
    /// The directory that holds `Package.swift`.
    let root: URL
    /// Swift files below `Sources`, ordered by path.
    let sources: [SourceFile]
    /// Swift files below `Tests` and `Benchmarks`, ordered by path.
    let tests: [SourceFile]

    static let shared = SourceTree()

    private init() {
        let thisFile = URL(filePath: #filePath).resolvingSymlinksInPath()
        let root = thisFile.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        self.root = root
        self.sources = Self.swiftFiles(below: "Sources", in: root)
        self.tests = Self.swiftFiles(below: "Tests", in: root) + Self.swiftFiles(below: "Benchmarks", in: root)
    }

    /// Paths relative to the root of all files below a folder, ordered. Hidden files and build products are left out.
    static func paths(below folder: String, in root: URL) -> [String] {
        guard let found = FileManager.default.enumerator(atPath: root.appending(path: folder).path()) else { return [] }
        var paths: [String] = []
        for case let path as String in found where !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
            paths.append("\(folder)/\(path)")
        }
        return paths.sorted()
    }

    private static func swiftFiles(below folder: String, in root: URL) -> [SourceFile] {
        paths(below: folder, in: root).filter { $0.hasSuffix(".swift") }.compactMap { path in
            guard let data = FileManager.default.contents(atPath: root.appending(path: path).path()) else { return nil }
            return SourceFile(path: path, text: String(decoding: data, as: UTF8.self))
        }
    }
}

/// A Swift file: its text, and its code without comments and the contents of string literals.
struct SourceFile {
    /// Relative to the root of the repository.
    let path: String
    let lines: [Substring]
    /// As many as `lines`; comments and the insides of literals are blank.
    let codeLines: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let code = String(decoding: CodeScanner.code(of: Array(text.utf8)), as: UTF8.self)
        self.codeLines = code.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The folder below `Sources` or `Tests`.
    var module: Substring {
        let components = path.split(separator: "/")
        return components.count > 2 ? components[1] : ""
    }

    /// `path:line` of the code lines that contain one of the words.
    func places(ofAny words: [String]) -> [String] {
        places { line in words.contains { line.contains($0) } }
    }

    /// `path:line` of the code lines that match.
    func places(where matches: (Substring) -> Bool) -> [String] {
        codeLines.enumerated().filter { matches($0.element) }.map { "\(path):\($0.offset + 1)" }
    }
}
