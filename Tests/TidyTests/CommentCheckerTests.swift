import Testing

/// The checks of words, on texts that break the rules.
@Suite("The checks of comments and documents can fail")
struct CommentCheckerTests {
    @Test("Comments are found with their lines, and code is not")
    func comments() {
        let file = SourceFile(
            path: "A.swift",
            text: """
                /// One sentence
                /// over two lines.
                let a = "// no comment" // a remark
                ///
                /// Another one.
                """)

        #expect(
            file.prose.map { passage in passage.words.map { "\($0.line)\($0.text)" }.joined(separator: " ") } == [
                "1One 1sentence 2over 2two 2lines. 3a 3remark", "5Another 5one.",
            ])
    }

    @Test("The title of a test is prose as well")
    func titles() {
        let file = SourceFile(path: "A.swift", text: "    @Test(\"What is lost stays lost\", arguments: [1])")

        #expect(file.prose.flatMap(WordRule.violations).count == 1)
    }

    @Test(
        "A way of saying that the project does not use is found",
        arguments: [
            "Bytes that stand behind the header.", "The comma\nbehind it.", "Settings beside those.",
            "Returns so many bytes.", "Waits for ever.", "What is not JSON fails.", "Fails. What has no end is cut.",
            "Two nodes play ball with it.", "No peer in its right mind.", "A new incarnation.",
            "At the end of a loop turn.",
            "Whether it has a version, and be it that the key is gone.",
        ])
    func forbidden(_ text: String) {
        #expect(violations(text).count == 1, "\(violations(text))")
    }

    @Test(
        "A correct use of the same words is not found",
        arguments: [
            "The follower is behind.", "A term that is three entries behind the leader's.",
            "It falls behind the others.",
            "A file that a crash left behind.", "It is driven behind ports.", "Besides, it is cheap.",
            "There are so many of them that the list is cut.", "They are lost, so many are sent again.",
            "Says what is wrong.", "It says so. Many do.",
            "Whether what is stored is JSON.", "The loop. Turn by turn.", "The turn of the replica.",
        ])
    func allowed(_ text: String) {
        #expect(violations(text) == [])
    }

    private func violations(_ text: String) -> [String] {
        let comment = text.split(separator: "\n").map { "/// \($0)" }.joined(separator: "\n")
        return SourceFile(path: "A.swift", text: comment).prose.flatMap(WordRule.violations)
    }

    @Test("A name in backticks must be declared, with its module and its members")
    func names() {
        let declared = SourceFile(
            path: "Sources/Store/Table.swift",
            text: """
                struct Table<Key> {
                    enum State { case open, closed }
                    static let sizeMax = 1
                    func find() {}
                }
                """)
        let citing = SourceFile(
            path: "Sources/Store/B.swift",
            text: """
                /// `Table`, `Table.State`, `Table.find()`, `Store.Table.sizeMax`, `Table.closed`, `Key`, `Table.swift`,
                /// `UInt64`, `table`, `PUT`, `X-Skiff-Node`, `a == B`
                /// `Tabel`
                /// `Table.fund()`
                let text = "`Nothing`" // `Store.Chair`, `Tabel.swift`
                """)

        let unknown = Declarations([declared, citing]).unknownNames(in: citing)

        #expect(
            unknown == [
                "Sources/Store/B.swift:3: Tabel", "Sources/Store/B.swift:4: Table.fund()",
                "Sources/Store/B.swift:5: Store.Chair", "Sources/Store/B.swift:5: Tabel.swift",
            ])
    }

    @Test("A cited rule has its number, and a page states rules in bold")
    func rules() {
        let file = SourceFile(
            path: "A.swift", text: "/// R3: no answer before the sync.\nlet R4 = 1 // see R12, not R2D2")
        let page = Page(path: "P.md", text: "- **R1** One.\n- R2 is not stated.\n| **R3** | Three. |")

        #expect(file.citedRules.map(\.place) == ["A.swift:1: R3", "A.swift:2: R12"])
        #expect(page.ruleNumbers == ["R1", "R3"])
    }

    @Test("A table is broken by an empty line, by a pipe in a cell and by a missing cell")
    func tables() {
        let page = Page(
            path: "P.md",
            text: """
                | a | b |
                |---|---|
                | 1 | `x \\| y` |
                | 2 | x | y |
                | 3 |

                | 4 | 5 |
                | 6 | 7 |

                ```
                | no table
                ```
                """)

        #expect(page.brokenRows == ["P.md:4", "P.md:5", "P.md:8"])
    }

    @Test("Prose of a page are its paragraphs, list elements and cells, but neither headings nor code")
    func pages() {
        let page = Page(
            path: "P.md",
            text: """
                ## What is durable
                One
                paragraph.
                - first
                - second
                | cell | What is it |
                ```
                What is code
                ```
                """)

        let passages = page.prose.map { passage in passage.words.map(\.text).joined(separator: " ") }

        #expect(passages == ["One paragraph.", "- first", "- second", "cell", "What is it"])
        #expect(page.prose.flatMap(WordRule.violations).count == 1)
    }

    @Test("A file that a page names must exist")
    func files() {
        let page = Page(path: "P.md", text: "See `A/B.swift`, C.swift and\n`Raft+Log.swift`.")

        #expect(page.missingFiles { $0 == "C.swift" } == ["P.md:1: A/B.swift", "P.md:2: Raft+Log.swift"])
    }
}
