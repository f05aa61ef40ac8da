/// The elements of a header field that is a list: those between commas, without the white space around them and without
/// the empty ones (RFC 9110, 5.6.1). A comma between quotes separates nothing.
struct FieldList: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    /// The bytes must outlive the list.
    init(_ value: UnsafeRawBufferPointer) { rest = value }

    mutating func next() -> UnsafeRawBufferPointer? {
        while rest.count > 0 {
            let end = Self.endOfElement(in: rest)
            let element = UnsafeRawBufferPointer(rebasing: rest[..<end]).trimmingOWS
            rest = UnsafeRawBufferPointer(rebasing: rest[Swift.min(end + 1, rest.count)...])
            if element.count > 0 { return element }
        }
        return nil
    }

    private static func endOfElement(in bytes: UnsafeRawBufferPointer) -> Int {
        var isQuoted = false
        for offset in bytes.indices {
            if bytes[offset] == UInt8(ascii: "\"") { isQuoted.toggle() }
            if bytes[offset] == UInt8(ascii: ","), !isQuoted { return offset }
        }
        return bytes.count
    }
}

extension UnsafeRawBufferPointer {
    /// Without spaces and tabs at both ends, which are no part of a field's value (RFC 9110, 5.5).
    var trimmingOWS: UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, self[start].isOWS { start += 1 }
        while start < end, self[end - 1].isOWS { end -= 1 }
        return end - start == count ? self : UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}

extension UInt8 {
    /// RFC 9110, 5.6.3: `OWS = *( SP / HTAB )`.
    var isOWS: Bool { self == UInt8(ascii: " ") || self == 0x09 }
}
