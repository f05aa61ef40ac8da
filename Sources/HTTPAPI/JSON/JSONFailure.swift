/// A document that is not JSON, or not the JSON that was asked for.
///
/// The words are those of Go's `encoding/json` and of echo, because clients of raft-sample have seen them.
struct JSONFailure: Error, Hashable {
    /// The kind of the fault, without its place.
    let reason: String
    /// The same with its position, as echo's binder states it.
    let detail: String

    /// The document ends inside a value.
    static let unexpectedEnd = JSONFailure(reason: "unexpected EOF", detail: "unexpected EOF")
    /// The document holds white space only.
    static let empty = JSONFailure(reason: "EOF", detail: "EOF")

    private init(reason: String, detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// A byte where it must not be. `offset` counts bytes from 0.
    static func syntax(_ byte: UInt8, at offset: Int, _ context: String) -> JSONFailure {
        let reason = "invalid character \(quoted(byte)) \(context)"
        return JSONFailure(reason: reason, detail: "Syntax error: offset=\(offset + 1), error=\(reason)")
    }

    static func notUTF8() -> JSONFailure {
        let reason = "the document is not UTF-8"
        return JSONFailure(reason: reason, detail: reason)
    }

    /// A string that holds half of a surrogate pair.
    static func halfOfPair(field: String) -> JSONFailure {
        let reason = "the string of field \(field) holds half of a surrogate pair, which is no character"
        return JSONFailure(reason: reason, detail: reason)
    }

    static func tooDeep(at offset: Int) -> JSONFailure {
        let reason = "exceeded max depth of \(HTTPLimits.jsonDepthMax)"
        return JSONFailure(reason: reason, detail: "Syntax error: offset=\(offset + 1), error=\(reason)")
    }

    /// A value of another kind than the field takes; `field` is empty for the document itself.
    static func type(expected: String, got: String, field: String, endOffset: Int) -> JSONFailure {
        let place = field.isEmpty ? "the document" : "field \(field)"
        return JSONFailure(
            reason: "json: cannot unmarshal \(got) into \(place) of type \(expected)",
            detail: "Unmarshal type error: expected=\(expected), got=\(got), field=\(field), offset=\(endOffset)")
    }

    /// The text of raft-sample's answer 422.
    var bindingText: String { "error binding: code=400, message=\(detail), internal=\(reason)" }

    /// A byte in quotes as Go's scanner prints it: ASCII escaped where needed, the rest as Latin-1.
    private static func quoted(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"): return #"'\''"#
        case UInt8(ascii: "\""): return #"'"'"#
        case UInt8(ascii: "\\"): return #"'\\'"#
        case 0x07: return #"'\a'"#
        case 0x08: return #"'\b'"#
        case 0x09: return #"'\t'"#
        case 0x0A: return #"'\n'"#
        case 0x0B: return #"'\v'"#
        case 0x0C: return #"'\f'"#
        case 0x0D: return #"'\r'"#
        case 0..<0x20, 0x7F: return "'\\x\(hexadecimal(byte))'"
        case 0x80..<0xA1, 0xAD: return "'\\u00\(hexadecimal(byte))'"
        default: return "'\(Character(Unicode.Scalar(byte)))'"
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }
}
