import Foundation
import Testing

@Suite("The documents hang together")
struct DocumentationTests {
    private let root = SourceTree.shared.root

    @Test("Every page below Docs can be reached from the README")
    func reachable() throws {
        var reached: Set<String> = []
        var open = ["README.md"]
        while let page = open.popLast() {
            guard reached.insert(page).inserted else { continue }
            open += try links(of: page).filter { $0.hasSuffix(".md") && exists($0) }
        }
        let pages = SourceTree.paths(below: "Docs", in: root).filter { $0.hasSuffix(".md") }

        #expect(!pages.isEmpty)
        #expect(pages.filter { !reached.contains($0) } == [])
    }

    @Test("Every link to a file leads somewhere")
    func linksResolve() throws {
        let pages = ["README.md"] + SourceTree.paths(below: "Docs", in: root).filter { $0.hasSuffix(".md") }
        var broken: [String] = []
        for page in pages {
            for target in try links(of: page) where !exists(target) { broken.append("\(page): \(target)") }
        }

        #expect(broken == [])
    }

    @Test("Every Swift file that a document names exists")
    func files() {
        let names = Set(SourceTree.shared.all.map { $0.path.split(separator: "/").last ?? "" })
        // `HotPath/Replica.swift` is somewhere below Sources/HotPath.
        let missing = SourceTree.shared.pages.flatMap { page in
            page.missingFiles { $0 == "Type+Aspect.swift" || names.contains($0.split(separator: "/").last ?? "") }
        }

        #expect(missing == [])
    }

    @Test("Every table is one table")
    func tables() {
        #expect(SourceTree.shared.pages.flatMap(\.brokenRows) == [])
    }

    @Test("Every test target is in one of the runs of make test")
    func runs() throws {
        let script = try String(contentsOf: root.appending(path: ".ci/tests"), encoding: .utf8)
        let named = Set(script.matches(of: /'([\w|]+)'\n/).flatMap { $0.1.split(separator: "|") })
        let targets = Set(SourceTree.shared.tests.filter { $0.path.hasPrefix("Tests/") }.map(\.module))

        // What several of them share is no test.
        #expect(targets.subtracting(["Support"]) == Set(named.map { "\($0)Tests" }))
    }

    @Test("The top level holds what a newcomer expects, and nothing else")
    func topLevel() throws {
        let allowed: Set<String> = [
            "Package.swift", "Package.resolved", "Sources", "Tests", "Benchmarks", "Docs", "Dockerfile", "README.md",
            "LICENSE", "Makefile", "compose.yaml",
        ]
        let entries = try FileManager.default.contentsOfDirectory(atPath: root.path())
        let strangers = entries.filter { !allowed.contains($0) && !$0.hasPrefix(".") && !$0.hasPrefix("node_") }

        #expect(strangers.sorted() == [])
    }

    // MARK: Links

    /// Targets of the links to files in this repository, relative to its root and without anchors.
    private func links(of page: String) throws -> [String] {
        let text = try String(contentsOf: root.appending(path: page), encoding: .utf8)
        let folder = page.split(separator: "/").dropLast().map(String.init)
        return text.matches(of: /\]\(([^)\s]+)\)/).map(\.1).compactMap { link in
            let path = link.prefix { $0 != "#" }
            guard !path.isEmpty, !link.contains("://"), !link.hasPrefix("mailto:") else { return nil }
            var components = folder
            for component in path.split(separator: "/") {
                switch component {
                case ".": continue
                case "..": components = components.dropLast()
                default: components.append(String(component))
                }
            }
            return components.joined(separator: "/")
        }
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path())
    }
}
