import Bytes
import Testing

@Suite("Texts of strangers on one line")
struct EscapingTests {
    @Test("In a log there is printable ASCII only, and nothing that ends the quotes around it")
    func log() {
        #expect("node1 ~".escapedForLog(charactersMax: 9) == "node1 ~")
        #expect("a\nb\u{1B}[31m\"\\".escapedForLog(charactersMax: 99) == "a\\u{a}b\\u{1b}[31m\\u{22}\\u{5c}")
        #expect("ö\u{7F}".escapedForLog(charactersMax: 9) == "\\u{f6}\\u{7f}")
        #expect("it is \"\\u{f6}\"\nX".sentenceForLog(charactersMax: 99) == "it is \"\\u{f6}\"\\u{a}X")
    }

    @Test("On a terminal it stands as it was written, without control characters")
    func terminal() {
        #expect("nöde \"1\" \\".escapedForTerminal(charactersMax: 99) == "nöde \"1\" \\")
        #expect("1\n2\u{7}\u{9B}".escapedForTerminal(charactersMax: 99) == #"1\n2\u{07}\u{009B}"#)
    }

    @Test("A long text is cut, before escaping, and says so")
    func cut() {
        #expect("12345".escapedForLog(charactersMax: 5) == "12345")
        #expect("12345\n".escapedForLog(charactersMax: 5) == "12345...")
        #expect("\n\n\n".escapedForTerminal(charactersMax: 2) == #"\n\n…"#)
        #expect("".escapedForTerminal(charactersMax: 0) == "")
    }

    @Test("As JSON it reads back as it was, on one line for every tool")
    func json() {
        #expect("node1 ö😀".quotedForJSON == "\"node1 ö😀\"")
        #expect("".quotedForJSON == "\"\"")
        #expect("\"\\\n\r\t".quotedForJSON == #""\"\\\n\r\t""#)
        #expect("\u{0}\u{1F}\u{7F}\u{9B}".quotedForJSON == #""\u0000\u001f\u007f\u009b""#)
        #expect("\u{2028}\u{2029}".quotedForJSON == #""\u2028\u2029""#)
    }

    @Test("Lines become one, empty ones vanish")
    func lines() {
        #expect("one".onOneLine == "one")
        #expect("one\n\ntwo\r\nthree\n".onOneLine == "one; two; three")
    }
}
