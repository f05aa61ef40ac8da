import Foundation
import Testing

/// The rules of the house that a compiler and a formatter do not check. Every failure names file and line.
@Suite("The source tree keeps the rules of the house")
struct TidyTests {
    private let tree = SourceTree.shared

    @Test("The tree was found")
    func found() {
        #expect(tree.sources.count > 50)
        #expect(tree.tests.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
    }

    // MARK: Modules

    @Test("Modules import only what the architecture allows")
    func imports() {
        Offences.forbid(tree.sources.flatMap(ImportRules.violations), "see the table in ImportRules")
    }

    @Test("Every import in Sources states its access")
    func importAccess() {
        let executables = ["skiffd"]
        let bare = tree.sources.filter { !executables.contains(String($0.module)) }.flatMap { file in
            file.places { $0.hasPrefix("import ") }
        }

        Offences.forbid(bare, "write internal import or package import")
    }

    @Test("Nothing is public: this package makes programs and no library")
    func nothingPublic() {
        let places = tree.sources.flatMap { file in
            file.places { line in
                if line.holds("public"), line.split(separator: " ").contains("public") { return true }
                return line.holds("open ") && ["class", "func", "var"].contains { line.holds("open \($0) ") }
            }
        }

        Offences.forbid(places, "use package, or internal by leaving the word out")
    }

    // MARK: Safety

    @Test("No error is swallowed, and nothing crashes without a reason")
    func errors() {
        let words = [" try?", "(try?", " try!", "(try!", "fatalError(", " as! "]
        let places = tree.sources.flatMap { $0.places(ofAny: words) }

        Offences.forbid(places, "throw or catch a typed error")
    }

    @Test("Concurrency that the compiler cannot check is confined to listed files")
    func uncheckedConcurrency() {
        let using = tree.sources.filter { file in
            !file.places(ofAny: ["@unchecked Sendable", "nonisolated(unsafe)", "@preconcurrency"]).isEmpty
        }
        let paths = Set(using.map(\.path))
        let listed = Exceptions.uncheckedConcurrency

        Offences.forbid(paths.subtracting(listed).sorted(), "not on the list of exceptions")
        Offences.forbid(listed.subtracting(paths).sorted(), "on the list of exceptions without need")
    }

    @Test("Event loops read through a LoopReader, which does not wait; these files read on threads that may")
    func loopsDoNotWait() {
        let listed: Set = [
            "Sources/HTTPAPI/Records/RecordReads.swift",
            // Makes the one and the other.
            "Sources/HTTPAPI/Server/HTTPServer.swift",
        ]
        let waiting = tree.sources.filter { file in
            file.module == "HTTPAPI" && !file.places(ofAny: ["KeyValueReader", ".withRecord("]).isEmpty
        }
        let paths = Set(waiting.map(\.path))

        Offences.forbid(paths.subtracting(listed).sorted(), "a loop would wait for the store: use LoopReader")
        Offences.forbid(listed.subtracting(paths).sorted(), "on the list without need")
    }

    @Test("Nothing is left for later without an issue")
    func unfinished() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        let places = tree.all.flatMap { file in
            file.lines.enumerated().filter { line in
                guard words.contains(where: line.element.holds), !line.element.holds("(#") else { return false }
                return line.element.split { !$0.isLetter }.contains { words.contains(String($0)) }
            }.map { "\(file.path):\($0.offset + 1)" }
        }

        Offences.forbid(places, "finish it, or name the issue: (#12)")
    }

    @Test("Tests do not sleep, and none is switched off")
    func tests() {
        let places = tree.tests.flatMap { $0.places(ofAny: ["sleep(", ".disabled("]) }

        Offences.forbid(places.filter { !$0.hasPrefix("Tests/ClusterTests/") }, "wait for an event and not for a time")
    }
}
