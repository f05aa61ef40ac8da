/// One member of the object that a request's body is, viewed in place.
struct JSONMember {
    enum Kind: String {
        case object, array, string, number, bool, null
    }

    /// Between the quotes, escapes not resolved.
    let name: UnsafeRawBufferPointer
    /// The value's text without white space around it.
    let value: UnsafeRawBufferPointer
    /// Where `value` starts and ends in the document.
    let range: Range<Int>
    let kind: Kind

    /// Whether this member sets the field `field`, lower-case ASCII. Letters match in either case, as in Go.
    func isNamed(_ field: StaticString) -> Bool {
        if name.contains(UInt8(ascii: "\\")) {
            var plain: [UInt8] = []
            return JSONText.appendDecoded(name, to: &plain) && plain.withUnsafeBytes { $0.equalsIgnoringCase(field) }
        }
        return name.equalsIgnoringCase(field)
    }

    /// The content of a string value, escapes not resolved. Precondition: `kind` is `string`.
    var stringContent: UnsafeRawBufferPointer {
        precondition(kind == .string, "the content of a string was asked of a JSON \(kind.rawValue)")
        return UnsafeRawBufferPointer(rebasing: value[1..<(value.count - 1)])
    }

    /// The failure for a value of the wrong kind, with Go's idea of where it was noticed.
    func typeFailure(expected: String, field: String) -> JSONFailure {
        let isContainer = kind == .object || kind == .array
        return .type(
            expected: expected, got: kind.rawValue, field: field,
            endOffset: isContainer ? range.lowerBound + 1 : range.upperBound)
    }
}
