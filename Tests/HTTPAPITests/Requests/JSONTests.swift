import NIOCore
import Testing

@testable import HTTPAPI

@Suite("JSON as Go reads and writes it")
struct JSONTests {
    static let valid = [
        "[]", "{}", "[[]]", " [1 , 2 ] ", "0", "-0", "1.5", "-1.5e10", "1E+2", "1e-2", "0.1", "true", "false", "null",
        #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u00e9\uD834\uDD1E""#, #""\ud800""#, #"{"a":{"b":[1,{"c":null}]}}"#,
        #"{"a":1,"a":2}"#, "[\"\u{7F}\"]", "[\"é\u{2028}\"]", #"{"":0}"#, "\t\r\n 1 \n", "[1e400]",
        "123456789012345678901",
        String(repeating: "[", count: 128) + String(repeating: "]", count: 128),
    ]

    static let invalid = [
        "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
        "{\"a\":1,}",
        "{,}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "01", "-", "-a", "1.", ".5", "1.e1", "1e",
        "1e+", "+1", "0x10", "NaN", "Infinity", "-Infinity", "tru", "truE", "True", "nul", "\"", "\"a", "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"", "\"\\", "\"\n\"", "\"\u{0}\"", "\"\t\"", "1 1", "{} {}", "[] x", "// c\n1", "/* c */1", "1,",
        "\u{FEFF}1",
        "[\"a\":1]", "{\"a\",1}", "{\"a\":1]", "[1}", "\u{A0}1", "'a'", "[1;2]", "undefined", "\"\\a\"", "--1", "1-",
        "1e1.5",
        String(repeating: "[", count: 129) + String(repeating: "]", count: 129),
        String(repeating: "[", count: 200_000), String(repeating: "{\"a\":", count: 200_000),
    ]

    @Test("Valid JSON is taken", arguments: valid)
    func takesValid(_ text: String) throws {
        let document = #"{"value":"# + text + "}"
        guard text.utf8.count < 200 else {
            // The member's object is a separate level.
            #expect(throws: JSONFailure.self) { try Self.check(document) }
            return
        }
        try Self.check(document)
    }

    @Test("Anything else is refused, without recursion however deep", arguments: invalid)
    func refusesInvalid(_ text: String) {
        #expect(throws: JSONFailure.self) { try Self.check(#"{"value":"# + text + "}") }
        #expect(throws: JSONFailure.self) { try Self.check("[" + text + "]") }
    }

    @Test("Every prefix of a document is refused")
    func refusesPrefixes() throws {
        let document = Array(#"{"key":"a\u00e9\n","value":[1.5e-3,{"x":null},true,"é"]}"#.utf8)
        for count in 1..<document.count {
            let prefix = Array(document[..<count])
            #expect(throws: JSONFailure.self) { try Self.check(prefix) }
        }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func refusesInvalidUTF8() {
        let document: [UInt8] = Array(#"{"value":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        #expect(throws: JSONFailure.notUTF8()) { try Self.check(document) }
    }

    /// The words of echo 4.1, raft-sample's web framework, with Go's `encoding/json`.
    static let wordings: [(String, String)] = [
        ("{\"key\":", "code=400, message=unexpected EOF, internal=unexpected EOF"),
        (" ", "code=400, message=EOF, internal=EOF"),
        ("{\"key\":x}", Self.syntax(8, "invalid character 'x' looking for beginning of value")),
        ("{x", Self.syntax(2, "invalid character 'x' looking for beginning of object key string")),
        ("{\"key\" 1}", Self.syntax(8, "invalid character '1' after object key")),
        ("{\"key\":1 1}", Self.syntax(10, "invalid character '1' after object key:value pair")),
        ("{\"value\":[1 2]}", Self.syntax(13, "invalid character '2' after array element")),
        ("{\"value\":\"\n\"}", Self.syntax(11, "invalid character '\\n' in string literal")),
        ("{\"value\":\"\\q\"}", Self.syntax(12, "invalid character 'q' in string escape code")),
        ("{\"value\":\"\\u00x\"}", Self.syntax(15, #"invalid character 'x' in \u hexadecimal character escape"#)),
        ("{\"value\":tru}", Self.syntax(13, "invalid character '}' in literal true (expecting 'e')")),
        ("{\"value\":-}", Self.syntax(11, "invalid character '}' in numeric literal")),
        ("{\"value\":1.}", Self.syntax(12, "invalid character '}' after decimal point in numeric literal")),
        ("{\"value\":1e}", Self.syntax(12, "invalid character '}' in exponent of numeric literal")),
        ("{} '", Self.syntax(4, #"invalid character '\'' after top-level value"#)),
        ("\u{1}", Self.syntax(1, #"invalid character '\x01' looking for beginning of value"#)),
        (
            "{\"key\":1}",
            "code=400, message=Unmarshal type error: expected=string, got=number, field=key, offset=8, "
                + "internal=json: cannot unmarshal number into field key of type string"
        ),
        (
            "[]",
            "code=400, message=Unmarshal type error: expected=object, got=array, field=, offset=1, "
                + "internal=json: cannot unmarshal array into the document of type object"
        ),
    ]

    private static func syntax(_ offset: Int, _ reason: String) -> String {
        "code=400, message=Syntax error: offset=\(offset), error=\(reason), internal=\(reason)"
    }

    @Test("Errors are worded as raft-sample words them", arguments: wordings)
    func wording(_ document: String, _ expected: String) throws {
        var key: [UInt8] = []
        let error = #expect(throws: APIError.self) {
            try document.withBytes { _ = try StoreDocument.read($0, key: &key) }
        }
        #expect(error?.legacyMessage == "error binding: " + expected)
    }

    @Test("The value's text is kept as it came, the key is decoded")
    func keepsText() throws {
        for (document, key, value) in [
            (#"{"key":"k","value": {"b":1, "a":[1.50]} }"#, "k", #"{"b":1, "a":[1.50]}"#),
            (#"{"value":1E5,"key":"\u006b\n\ud83d\ude00x"}"#, "k\n😀x", "1E5"),
            (#"{"key":"k","value":"a\ud800b"}"#, "k", #""a\ud800b""#),
            (#"{"key":"\ufffd","value":"\uFFFD"}"#, "\u{FFFD}", #""\uFFFD""#),
            (#"{"key":"a","KEY":"b","value":1,"Value":2,"other":[{}]}"#, "b", "2"),
            (#"{"key":"a","key":null}"#, "a", "null"),
            (#"{"k\u0065y":"escaped"}"#, "escaped", "null"),
            (#"{"key":"a","ttl":null}"#, "a", "null"),
            ("null", "", "null"), ("", "", "null"), ("{}", "", "null"),
        ] {
            var decoded: [UInt8] = []
            let text = try document.withBytes {
                String(decoding: try StoreDocument.read($0, key: &decoded), as: UTF8.self)
            }
            #expect(String(decoding: decoded, as: UTF8.self) == key)
            #expect(text == value)
        }
    }

    @Test(
        "A string that is decoded holds characters: half of a surrogate pair is refused, not replaced",
        arguments: [
            #"a\ud800b"#, #"\udc00"#, #"\ud800"#, #"\ud800\ud800"#, #"\ude00\ud83d"#, #"\ud83dx\ude00"#, #"\uD800\n"#,
        ])
    func halves(_ content: String) throws {
        var key: [UInt8] = []
        let error = #expect(throws: APIError.self) {
            try #"{"key":"\#(content)"}"#.withBytes { _ = try StoreDocument.read($0, key: &key) }
        }
        #expect(error?.code == .invalidJSON)
        #expect(error?.message.contains("half of a surrogate pair") == true)
        var decoded = Array("before".utf8)
        #expect(content.withBytes { JSONText.appendDecoded($0, to: &decoded) } == false)
        #expect(decoded == Array("before".utf8))
    }

    @Test("A byte order mark is not JSON, and a byte that is not UTF-8 is nowhere taken for another")
    func marks() throws {
        for document in [
            [0xEF, 0xBB, 0xBF] + Array(#"{"key":"a"}"#.utf8), Array(#"{"key":""#.utf8) + [0xC3] + Array(#""}"#.utf8),
            Array(#"{"key":""#.utf8) + [0xED, 0xA0, 0x80] + Array(#""}"#.utf8),
            Array(#"{"key":""#.utf8) + [0xC0, 0x80] + Array(#""}"#.utf8),
        ] {
            var key: [UInt8] = []
            let error = #expect(throws: APIError.self) {
                try document.withUnsafeBytes { _ = try StoreDocument.read($0, key: &key) }
            }
            #expect(error?.code == .invalidJSON)
        }
    }

    @Test("A ttl is refused rather than ignored")
    func refusesTTL() {
        var key: [UInt8] = []
        let error = #expect(throws: APIError.self) {
            try #"{"key":"a","ttl":"5s"}"#.withBytes { _ = try StoreDocument.read($0, key: &key) }
        }
        #expect(error?.code == .notSupported)
    }

    @Test("Strings are escaped as Go does, HTML only where asked")
    func escaping() {
        var buffer = ByteBuffer()
        JSONText.writeString("a\"\\\u{1}\u{8}\u{9}\n\u{C}\r\u{1F}\u{7F}é😀<&>\u{2028}", to: &buffer, escapingHTML: true)
        buffer.writeStaticString(" ")
        JSONText.writeString("<&>\u{2029}", to: &buffer)

        let expected =
            #""a\"\\\u0001\b\t\n\f\r\u001f"# + "\u{7F}é😀" + #"\u003c\u0026\u003e\u2028" "<&>"# + "\u{2029}\""
        #expect(String(buffer: buffer) == expected)
    }

    @Test(
        "Base64 has padding",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ])
    func base64(_ text: String, _ expected: String) {
        var buffer = ByteBuffer()
        text.withBytes { JSONText.writeBase64($0, to: &buffer) }
        #expect(String(buffer: buffer) == expected)
    }

    private static func check(_ text: String) throws(JSONFailure) { try check(Array(text.utf8)) }

    private static func check(_ bytes: [UInt8]) throws(JSONFailure) {
        let failure: JSONFailure? = bytes.withUnsafeBytes { bytes in
            do throws(JSONFailure) {
                try JSONDocument.forEachMember(of: bytes) { _ in }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
