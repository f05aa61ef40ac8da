import Testing

/// The checks of sizes and names, on texts that break the rules.
@Suite("The checks of files and types can fail")
struct ShapeCheckerTests {
    @Test("Stored properties are counted, and nothing that only looks like one")
    func storedProperties() {
        let file = SourceFile(
            path: "Sources/M/A.swift",
            text: """
                package final class A<Element>:
                    Sendable
                {
                    static let none = 0
                    let one: Int
                    private(set) var two = [Int: String]()
                    package internal(set) var three: (Int, Int)?
                    var (four, five) = (1, 2)
                    nonisolated(unsafe) weak var six: AnyObject?
                    var seven: () -> Void = { print("x") }
                    var eight = 8 { didSet { three = nil } }
                    var nine: Int {
                        willSet { two = [:] }
                    }
                    var computed: Int { 1 }
                    var alsoComputed: [Int: Int] {
                        let local = 1
                        return [local: local]
                    }
                    // var comment = 1
                    struct Inner {
                        var first = 1
                        var second = 2
                    }
                    func f(
                        a: Int
                    ) {
                        var local = 1
                    }
                }
                extension A {
                    var more: Int { 1 }
                }
                """)

        #expect(StoredProperties.counts(in: file) == ["A": 9, "Inner": 2])
    }

    @Test("A type over its limits is named with the counts of all its files")
    func typeLimits() {
        let files = [
            SourceFile(path: "Sources/M/A.swift", text: "struct A {\n    var a = 1\n    var b = 2\n}\n"),
            SourceFile(path: "Sources/M/A+More.swift", text: "extension A {\n}\n"),
            SourceFile(path: "Sources/M/A+StateMachine.swift", text: "extension A {\n}\n"),
            SourceFile(path: "Sources/M/AB.swift", text: "struct AB {\n    var c = 1\n}\n"),
        ]
        let counts = StoredProperties.counts(in: files)

        #expect(TypeLimit(name: "A", properties: 2, lines: 6).violations(in: files, counts) == [])
        #expect(
            TypeLimit(name: "A", properties: 1, lines: 5).violations(in: files, counts) == [
                "A has 2 stored properties; allowed: 1", "the files of A have 6 lines; allowed: 5",
            ])
    }

    @Test("A file may be named for what it declares or extends")
    func mainTypes() {
        let text = """
            private struct A {}
            extension B.Inner {}
            extension [UInt8] {}
            func waitUntil() {}
            struct S { let inside = 1 }
            """
        let subjects = Declarations.subjects(of: SourceFile(path: "Sources/M/A.swift", text: text))

        #expect(subjects == ["A", "B.Inner", "B", "Inner", "Array", "WaitUntil", "S"])
        #expect(SourceFile(path: "Sources/M/A+Aspect.swift", text: "").typeName == "A")
    }

    @Test("The main types of a file are those that others see; a protocol brings its own along")
    func oneMainType() {
        let two =
            "package struct A: B {\n    struct Inner {}\n}\nprivate enum C {}\n@frozen final class D {}\nextension E {}"
        let port = "package protocol Port {}\npackage struct Job {}"

        #expect(Declarations.mainTypes(of: SourceFile(path: "Sources/M/A.swift", text: two)) == ["A", "D"])
        #expect(Declarations.mainTypes(of: SourceFile(path: "Sources/M/Port.swift", text: port)) == ["Port"])
    }

    @Test("A file knows its folder and its length")
    func files() {
        let file = SourceFile(path: "Sources/M/Inner/A.swift", text: "1\n2\n")

        #expect(file.folder == "Sources/M/Inner")
        #expect(file.lineCount == 2)
    }
}
