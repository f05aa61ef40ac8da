import NIOCore
import Testing

@testable import HTTPAPI

@Suite("Text in requests")
struct TextTests {
    static let percentVectors: [(String, [UInt8]?)] = [
        ("abc", Array("abc".utf8)),
        ("", []),
        ("a%2Fb", Array("a/b".utf8)),
        ("%00", [0]),
        ("%ff%FE", [0xFF, 0xFE]),
        ("%252F", Array("%2F".utf8)),
        ("+", Array("+".utf8)),
        ("..", Array("..".utf8)),
        ("%", nil), ("%2", nil), ("a%2", nil), ("%zz", nil), ("%2g", nil), ("%%20", nil),
    ]

    @Test("Percent-encoding is decoded exactly once, on bytes", arguments: percentVectors)
    func percentDecoding(_ encoded: String, _ expected: [UInt8]?) {
        var decoded: [UInt8] = []

        let isValid = encoded.withBytes { PercentEncoding.decode($0, into: &decoded) }

        #expect(isValid == (expected != nil))
        if let expected { #expect(decoded == expected) }
    }

    @Test("A target splits at the first question mark and loses only an authority")
    func target() throws {
        for (text, path, query) in [
            ("/a?b?c", "/a", "b?c"), ("/a", "/a", ""), ("/a?", "/a", ""), ("http://host:1/x/y?z", "/x/y", "z"),
            ("https://host", "/", ""), ("http://host?x=/y", "/", "x=/y"), ("//a//b", "//a//b", ""),
        ] {
            let parts = try text.withBytes { bytes in
                let target = try RequestTarget(bytes, .get)
                return [String(decoding: target.path, as: UTF8.self), String(decoding: target.query, as: UTF8.self)]
            }
            #expect(parts == [path, query])
        }
    }

    @Test("A target that may have been repaired, or holds a fragment, is refused", arguments: ["/a\u{FFFD}", "/a#b"])
    func refusedTarget(_ text: String) {
        #expect(throws: APIError.self) { try text.withBytes { _ = try RequestTarget($0, .get) } }
    }

    @Test("A list has its elements without the white space around them, and none that are empty")
    func list() {
        for (text, elements) in [
            ("", []), (" , ,\t", []), ("a", ["a"]), (" a ,\tb\t,c", ["a", "b", "c"]), ("a,,b,", ["a", "b"]),
            (#""a,b", W/"c""#, [#""a,b""#, #"W/"c""#]), (#""a, b"#, [#""a, b"#]),
        ] as [(String, [String])] {
            #expect(text.withBytes { FieldList($0).map { String(decoding: $0, as: UTF8.self) } } == elements)
        }
    }

    @Test(
        "White space is trimmed as Go's strings.TrimSpace does",
        arguments: [
            ("  a b  ", "a b"), ("\t\n\u{0B}\u{0C}\r x", "x"), ("\u{85}\u{A0}x\u{A0}", "x"), ("\u{2003}x\u{3000}", "x"),
            ("\u{1680}x\u{2028}\u{2029}\u{202F}\u{205F}", "x"), ("   ", ""), ("", ""), ("\u{200B}x", "\u{200B}x"),
            ("x\u{E000}", "x\u{E000}"),
        ])
    func trimming(_ text: String, _ expected: String) {
        #expect(text.withBytes { String(decoding: $0.trimmingSpace, as: UTF8.self) } == expected)
    }

    @Test("A lone byte that ends a white space character elsewhere is not trimmed")
    func trimmingBytes() {
        let bytes: [UInt8] = [0x85, 0x61, 0x85]
        #expect(bytes.withUnsafeBytes { Array($0.trimmingSpace) } == bytes)
    }

    @Test("Numbers are decimal digits within 64 bits and nothing else")
    func decimal() {
        for (text, value) in [
            ("0", UInt64(0)), ("007", 7), ("18446744073709551615", .max), ("18446744073709551616", nil), ("", nil),
            ("-1", nil), ("1 ", nil), ("99999999999999999999", nil), ("+1", nil),
        ] as [(String, UInt64?)] {
            #expect(text.withBytes { $0.decimalValue } == value)
        }
        for value in [0, 9, 10, 99, 100, 9_999_999_999, UInt64.max] as [UInt64] {
            var buffer = ByteBuffer()
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { target in
                var cursor = ByteCursor(target)
                cursor.append(decimal: value)
                return cursor.count
            }
            #expect(String(buffer: buffer) == String(value))
            #expect(value.decimalDigitCount == String(value).utf8.count)
        }
    }

    @Test("UTF-8 is distinguished from other bytes")
    func utf8() {
        for (bytes, isUTF8) in [
            ([], true), ([0x61], true), ([0xC3, 0xA9], true), ([0xC3], false), ([0xFF], false), ([0xC0, 0x80], false),
            ([0xED, 0xA0, 0x80], false), ([0xF4, 0x90, 0x80, 0x80], false), ([0xF0, 0x9F, 0x98, 0x80], true),
        ] as [([UInt8], Bool)] {
            #expect(bytes.withUnsafeBytes { $0.isUTF8 } == isUTF8)
        }
    }

    @Test(
        "The time for a request is a duration with a unit; one beyond all measure is the longest",
        arguments: [
            ("250ms", 250), ("2s", 2_000), ("5m", 300_000), ("24h", 86_400_000), ("18446744073709551615ms", .max),
            ("18446744073709551615h", .max), ("99999999999999999999s", .max),
        ] as [(String, UInt64)])
    func durations(_ text: String, _ expected: UInt64) throws {
        #expect(try text.withBytes { try RequestHead.timeoutMilliseconds($0) } == expected)
    }

    @Test(
        "A text that is not a duration is refused, with the text, the form, and what is wrong",
        arguments: [
            ("5", "the unit is missing: ms, s, m or h"), ("s", "does not start with a whole number"),
            ("", "does not start with a whole number"), ("-1s", "the number is negative"),
            ("1.5s", "write it in a smaller unit"), ("1 s", "there is a space in it"),
            ("1h30m", "several numbers with units"), ("1e9", "the number has an exponent"),
            ("5us", "the unit is none of ms, s, m or h"), ("1S", "the unit is none of ms, s, m or h"),
            ("99999999999999999999x", "the unit is none of ms, s, m or h"),
        ])
    func noDurations(_ text: String, _ reason: String) {
        let message = "'timeout' is a duration such as 250ms, 2s or 1m, not '\(text)': "
        let error = #expect(throws: APIError.self) { try text.withBytes { try RequestHead.timeoutMilliseconds($0) } }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix(message) == true && error?.message.contains(reason) == true)
        let zero = #expect(throws: APIError.self) { try "0s".withBytes { try RequestHead.timeoutMilliseconds($0) } }
        #expect(zero?.message.contains("'timeout' is 0") == true)
    }

    @Test("The sets of characters are those of the RFCs")
    func characterSets() {
        let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        let tokens = Set((alphanumerics + "!#$%&'*+-.^_`|~").utf8)
        let names = Set((alphanumerics + "-._~!$&'()*+,;=").utf8)

        for byte in UInt8.min ... .max {
            #expect(CharacterBits.isToken(byte) == tokens.contains(byte), "\(byte)")
            #expect(CharacterBits.isOfName(byte) == names.contains(byte), "\(byte)")
        }
    }
}

extension String {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Array(utf8).withUnsafeBytes { try body($0) }
    }
}
