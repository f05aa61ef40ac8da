import Foundation
import Testing

/// The rules of the house that a compiler and a formatter do not check. Every failure names file and line.
@Suite("The source tree keeps the rules of the house")
struct TidyTests {
    private let tree = SourceTree.shared
    private var all: [SourceFile] { tree.sources + tree.tests }

    @Test("The tree was found")
    func found() {
        #expect(tree.sources.count > 50)
        #expect(tree.tests.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
    }

    // MARK: Shape

    @Test("No line is longer than 120 columns")
    func lineLength() {
        let long = all.flatMap { file in
            file.lines.enumerated().filter { $0.element.count > 120 }.map { "\(file.path):\($0.offset + 1)" }
        }

        forbid(long, "longer than 120 columns")
    }

    @Test("No file is longer than 700 lines")
    func fileLength() {
        forbid(all.filter { $0.lines.count > 701 }.map(\.path), "longer than 700 lines")
    }

    @Test("No function is longer than 70 lines, and the list of exceptions only gets shorter")
    func functionLength() {
        var exceptions = Exceptions.functionLineCounts
        for function in all.flatMap(FunctionLengths.functions) where function.lineCount > 70 {
            let lineCountMax = exceptions.removeValue(forKey: function.name) ?? 70
            #expect(
                function.lineCount <= lineCountMax,
                "\(function.name), line \(function.line), has \(function.lineCount) lines; allowed: \(lineCountMax)")
        }

        #expect(exceptions.isEmpty, "these functions are short now; remove them from the list")
    }

    @Test("No file is called Utils, Helpers, Manager or Common")
    func fileNames() {
        let words = ["Util", "Helper", "Manager", "Common", "Misc"]
        let vague = all.filter { file in
            words.contains { file.path.split(separator: "/").last?.contains($0) ?? false }
        }

        forbid(vague.map(\.path), "a name that says nothing about its content")
    }

    // MARK: Modules

    @Test("Modules import only what the architecture allows")
    func imports() {
        forbid(tree.sources.flatMap(ImportRules.violations), "see the table in ImportRules")
    }

    @Test("Every import in Sources states its access")
    func importAccess() {
        let executables = ["skiffd"]
        let bare = tree.sources.filter { !executables.contains(String($0.module)) }.flatMap { file in
            file.places { $0.hasPrefix("import ") }
        }

        forbid(bare, "write internal import or package import")
    }

    @Test("Nothing is public: this package makes programs and no library")
    func nothingPublic() {
        let places = tree.sources.flatMap { file in
            file.places { line in
                let words = line.split(separator: " ")
                return words.contains("public") || ["class", "func", "var"].contains { line.contains("open \($0) ") }
            }
        }

        forbid(places, "use package, or internal by leaving the word out")
    }

    // MARK: Safety

    @Test("No error is swallowed and nothing crashes for want of a thought")
    func errors() {
        let places = tree.sources.flatMap { $0.places(ofAny: ["try?", "try!", "fatalError(", " as! "]) }

        forbid(places, "throw or catch a typed error")
    }

    @Test("What the compiler cannot check about concurrency is confined to listed files")
    func uncheckedConcurrency() {
        let using = tree.sources.filter { file in
            !file.places(ofAny: ["@unchecked Sendable", "nonisolated(unsafe)", "@preconcurrency"]).isEmpty
        }
        let paths = Set(using.map(\.path))

        forbid(paths.subtracting(Exceptions.uncheckedConcurrency).sorted(), "not on the list of exceptions")
        forbid(Exceptions.uncheckedConcurrency.subtracting(paths).sorted(), "on the list of exceptions without need")
    }

    @Test("Nothing is left for later without an issue")
    func unfinished() {
        let words: Set<Substring> = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        let places = all.flatMap { file in
            file.lines.enumerated().filter { line in
                !line.element.contains("(#") && line.element.split { !$0.isLetter }.contains { words.contains($0) }
            }.map { "\(file.path):\($0.offset + 1)" }
        }

        forbid(places, "finish it, or name the issue: (#12)")
    }

    @Test("Tests do not sleep, and none is switched off")
    func tests() {
        let places = tree.tests.flatMap { $0.places(ofAny: ["sleep(", ".disabled("]) }

        forbid(places.filter { !$0.hasPrefix("Tests/ClusterTests/") }, "wait for an event and not for a time")
    }

    /// Records one issue that lists the places.
    private func forbid(_ places: [String], _ reason: String, sourceLocation: SourceLocation = #_sourceLocation) {
        guard !places.isEmpty else { return }
        let shown = places.prefix(30).joined(separator: "\n")
        let more = places.count > 30 ? "\nand \(places.count - 30) more" : ""
        Issue.record("\(reason):\n\(shown)\(more)", sourceLocation: sourceLocation)
    }
}
