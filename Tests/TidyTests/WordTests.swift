import Testing

@Suite("Comments and documents say it in plain words")
struct WordTests {
    private let tree = SourceTree.shared

    @Test("Every rule of the hot path that a comment cites is in Docs/HotPath.md")
    func rules() throws {
        let page = try #require(tree.pages.first { $0.path == "Docs/HotPath.md" })
        let stated = page.ruleNumbers
        let unknown = tree.all.flatMap(\.citedRules).filter { !stated.contains($0.rule) }

        #expect(stated.count > 5)
        Offences.forbid(unknown.map(\.place), "Docs/HotPath.md has no such rule")
    }

    @Test("Every type and file in backticks in a comment exists")
    func names() {
        let declarations = Declarations(tree.all)
        let unknown = tree.all.flatMap(declarations.unknownNames)

        Offences.forbid(unknown, "nothing of this name is declared (external names: Declarations.externals)")
    }

    @Test("Comments and titles of tests keep the word pairs of Docs/Contributing.md")
    func commentWords() {
        Offences.forbid(tree.all.flatMap(\.prose).flatMap(WordRule.violations), "say it otherwise")
    }

    @Test("Documents keep the word pairs of Docs/Contributing.md")
    func pageWords() {
        // The table of the pairs has them all.
        let pages = tree.pages.filter { $0.path != "Docs/Contributing.md" }

        Offences.forbid(pages.flatMap(\.prose).flatMap(WordRule.violations), "say it otherwise")
    }
}
