/// The head of a request as nearly every client writes it, found in one pass over bytes that lie in one piece:
///
/// ```
/// PUT /v1/kv/a HTTP/1.1␍␊
/// Host: localhost:2221␍␊
/// Content-Length: 5␍␊
/// ␍␊
/// ```
///
/// A head is plain if every server reads it in the same way: HTTP/1.1, a method of this server, a path that begins with
/// a slash, visible ASCII, one colon and at most one space between a field's name and its value, lines that end with
/// ␍␊, no transfer coding, at most one size of the body, no expectation, no upgrade, a connection that stays open, and
/// at most `HTTPLimits.plainHeadBytesMax` bytes in all. Every other head, right or wrong, is for NIO's decoder, so that
/// this never has to say what is wrong with a request. RFC 9112, sections 2 to 6.
///
/// Positions count from the first byte of the head, and are the caller's to use on the same bytes.
struct PlainHead {
    /// How far a head has been recognised.
    enum Finding {
        case complete
        /// The beginning of a plain head.
        case incomplete
        /// Something else.
        case other
    }

    /// A field's name and its value, without the space around it.
    struct Field {
        fileprivate(set) var name: Range<Int> = 0..<0
        fileprivate(set) var value: Range<Int> = 0..<0
    }

    private(set) var method = RequestMethod.get
    private(set) var target = 0..<0
    /// The size of the body.
    private(set) var contentLength: Int?
    /// All of the head, with the empty line.
    private(set) var byteCount = 0
    private(set) var fieldCount = 0
    private var fields = InlineArray<24, Field>(repeating: Field())

    func field(_ place: Int) -> Field {
        precondition(place < fieldCount, "the head of a request has \(fieldCount) fields, not \(place + 1)")
        return fields[place]
    }

    // MARK: Reading

    /// Reads the head at the beginning of `bytes`. Once for each value.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Finding {
        let isCut = bytes.count > HTTPLimits.plainHeadBytesMax
        let head = isCut ? UnsafeRawBufferPointer(rebasing: bytes[..<HTTPLimits.plainHeadBytesMax]) : bytes
        var finding = readRequestLine(head)
        while finding == .complete {
            if head.count == byteCount {
                finding = .incomplete
            } else if head[byteCount] == Self.carriageReturn {
                finding = skip("\r\n", in: head)
                break
            } else {
                finding = readField(head)
            }
        }
        return finding == .incomplete && isCut ? .other : finding
    }

    private mutating func readRequestLine(_ head: UnsafeRawBufferPointer) -> Finding {
        guard head.count >= 2 else { return .incomplete }
        let found: Finding
        switch (head[0], head[1]) {
        case (UInt8(ascii: "G"), _):
            method = .get
            found = skip("GET ", in: head)
        case (UInt8(ascii: "P"), UInt8(ascii: "U")):
            method = .put
            found = skip("PUT ", in: head)
        case (UInt8(ascii: "P"), _):
            method = .post
            found = skip("POST ", in: head)
        case (UInt8(ascii: "D"), _):
            method = .delete
            found = skip("DELETE ", in: head)
        case (UInt8(ascii: "H"), _):
            method = .head
            found = skip("HEAD ", in: head)
        default:
            return .other
        }
        guard found == .complete else { return found }
        let start = byteCount
        while byteCount < head.count, Self.isTarget(head[byteCount]) { byteCount += 1 }
        target = start..<byteCount
        if byteCount > start, head[start] != UInt8(ascii: "/") { return .other }
        guard byteCount < head.count else { return .incomplete }
        guard byteCount > start else { return .other }
        return skip(" HTTP/1.1\r\n", in: head)
    }

    private mutating func readField(_ head: UnsafeRawBufferPointer) -> Finding {
        guard fieldCount < fields.count else { return .other }
        let nameStart = byteCount
        while byteCount < head.count, CharacterBits.isToken(head[byteCount]) { byteCount += 1 }
        let name = nameStart..<byteCount
        guard byteCount < head.count else { return .incomplete }
        guard !name.isEmpty, head[byteCount] == UInt8(ascii: ":") else { return .other }
        byteCount += 1
        if byteCount < head.count, head[byteCount] == Self.space { byteCount += 1 }
        let valueStart = byteCount
        while byteCount < head.count, Self.isValue(head[byteCount]) { byteCount += 1 }
        let value = valueStart..<byteCount
        guard byteCount < head.count else { return .incomplete }
        if !value.isEmpty, head[value.lowerBound] == Self.space || head[value.upperBound - 1] == Self.space {
            return .other
        }
        fields[fieldCount] = Field(name: name, value: value)
        fieldCount += 1
        guard takeFraming(UnsafeRawBufferPointer(rebasing: head[name]), UnsafeRawBufferPointer(rebasing: head[value]))
        else { return .other }
        return skip("\r\n", in: head)
    }

    /// Heeds the fields that say how the message continues and ends. False if this is not the usual way.
    private mutating func takeFraming(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 6: return !name.equalsIgnoringCase("expect")
        case 7: return !name.equalsIgnoringCase("upgrade")
        case 10 where name.equalsIgnoringCase("connection"):
            return value.equalsIgnoringCase("keep-alive")
        case 14 where name.equalsIgnoringCase("content-length"):
            guard contentLength == nil, let length = value.decimalValue else { return false }
            contentLength = Int(exactly: length)
            return contentLength != nil
        case 16: return !name.equalsIgnoringCase("proxy-connection")
        case 17: return !name.equalsIgnoringCase("transfer-encoding")
        default: return true
        }
    }

    /// Moves past `text` if it is there.
    private mutating func skip(_ text: StaticString, in head: UnsafeRawBufferPointer) -> Finding {
        let arrived = min(head.count - byteCount, text.utf8CodeUnitCount)
        for offset in 0..<arrived where head[byteCount + offset] != text.utf8Start[offset] { return .other }
        guard arrived == text.utf8CodeUnitCount else { return .incomplete }
        byteCount += arrived
        return .complete
    }

    // MARK: Bytes

    private static let space = UInt8(ascii: " ")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Visible ASCII, but no `#`: a fragment is not meant for a server.
    private static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    private static func isValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F }
}
