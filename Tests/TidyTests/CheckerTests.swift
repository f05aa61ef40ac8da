import Testing

/// The checks themselves, on texts that break the rules: a check that cannot fail checks nothing.
@Suite("The checks of the source tree can fail")
struct CheckerTests {
    @Test("Comments and literals are no code, in all their forms")
    func scanner() {
        let text = ##"""
            let a = 1 // try? x
            /* try? /* nested */ try? */ let b = "try? \(c ? "try?" : "x") y" + d
            let e = #"try? \n " "# + """
                try? "quoted" \(f("try?"))
                """ + g
            """##
        let file = SourceFile(path: "Sources/M/A.swift", text: text)

        #expect(file.codeLines.count == file.lines.count)
        #expect(file.places { $0.contains("try?") } == [])
        for name in ["let a = 1", "let b =", "+ d", "let e =", "+ g"] {
            #expect(!file.places { $0.contains(name) }.isEmpty, "\(name) was taken for a comment or a literal")
        }
        #expect(SourceFile(path: "p", text: "\n  try? x").places { $0.contains("try?") } == ["p:2"])
    }

    @Test("The length of a function runs from its declaration to the brace below it")
    func functionLengths() {
        let text = """
            protocol P {
                func required()
                func alsoRequired() throws
            }
            struct S {
                init(
                    a: Int
                ) {
                    self.init()
                }
                func long() {
                    if true {
                    }

                    return
                }
                var computed: Int {
                    1
                }
                func short() {}
                var stored = 1
                func wrapped<T>(
                    _ t: T
                ) throws -> Int
                where T: P {
                    1
                }
            }
            """
        let functions = FunctionLengths.functions(of: SourceFile(path: "A.swift", text: text))

        #expect(
            functions.map { "\($0.name) \($0.line) \($0.lineCount)" } == [
                "A.swift init 6 5", "A.swift long 11 6", "A.swift computed 17 3", "A.swift wrapped 22 6",
            ])
    }

    @Test("An import is found after attributes and access, and checked against the module")
    func imports() {
        #expect(ImportRules.imported(by: "@testable internal import NIOCore") == "NIOCore")
        #expect(ImportRules.imported(by: "package import struct RaftCore.Term") == "RaftCore")
        #expect(ImportRules.imported(by: "let important = 1") == nil)

        func violations(_ module: String, _ text: String) -> Int {
            ImportRules.violations(of: SourceFile(path: "Sources/\(module)/A.swift", text: text)).count
        }
        #expect(violations("RaftCore", "internal import Synchronization") == 1)
        #expect(violations("HotPath", "internal import Synchronization") == 0)
        #expect(violations("HotPath", "// import RocksDB\ninternal import RocksDB") == 1)
        #expect(violations("Storage", "internal import RocksDB") == 0)
        #expect(violations("HTTPAPI", "internal import Foundation") == 1)
        #expect(violations("HTTPAPI", "internal import FoundationEssentials") == 0)
        #expect(violations("Stranger", "") == 1)
    }
}
