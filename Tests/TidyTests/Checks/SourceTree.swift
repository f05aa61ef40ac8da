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

    /// Swift files below `Sources`, `Tests` and `Benchmarks`.
    var all: [SourceFile] { sources + tests }

    /// The README and every page below `Docs`.
    var pages: [Page] {
        let paths = ["README.md"] + Self.paths(below: "Docs", in: root).filter { $0.hasSuffix(".md") }
        return paths.compactMap { path in
            guard let data = FileManager.default.contents(atPath: root.appending(path: path).path()) else { return nil }
            return Page(path: path, text: String(decoding: data, as: UTF8.self))
        }
    }

    private init() {
        var root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: root.appending(path: "Package.swift").path()) {
            precondition(root.path() != "/", "Package.swift is in no folder above \(#filePath)")
            root.deleteLastPathComponent()
        }
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
