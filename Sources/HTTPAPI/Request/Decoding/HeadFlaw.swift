/// Finds the fault of a head that NIO's decoder refused, for the sentence in the answer: the decoder names a class of
/// errors, and most classes have several causes. It decides nothing, the request is refused in any case.
struct HeadFlaw {
    private var hasContentLength = false
    private var hasTransferEncoding = false
    private var isChunked = false
    private var fieldCount = 0

    /// Nil if nothing is found. `head` may end anywhere.
    static func find(in head: UnsafeRawBufferPointer) -> APIError? {
        if let error = otherProtocol(head) { return error }
        var flaw = HeadFlaw()
        var isFirst = true
        var start = 0
        while start < head.count {
            let end = head[start...].firstIndex(of: UInt8(ascii: "\n")) ?? head.count
            var line = UnsafeRawBufferPointer(rebasing: head[start..<end])
            let isWhole = end < head.count
            start = end + 1
            let endsWithReturn = line.last == UInt8(ascii: "\r")
            if endsWithReturn { line = UnsafeRawBufferPointer(rebasing: line[..<(line.count - 1)]) }
            // RFC 9112, 2.2: empty lines before a request are ignored.
            if line.count == 0 {
                if isFirst { continue }
                return nil
            }
            let error = isFirst ? requestLine(line, isWhole: isWhole) : flaw.field(line)
            isFirst = false
            if let error { return error }
            if line.contains(UInt8(ascii: "\r")) || (isWhole && !endsWithReturn) { return .badLineEnd() }
        }
        return nil
    }

    // MARK: Not HTTP/1.1

    private static func otherProtocol(_ bytes: UnsafeRawBufferPointer) -> APIError? {
        if bytes.first == 0x16, bytes.count < 2 || bytes[1] == 0x03 {
            return .badRequest("this is the beginning of TLS, and this port has none: use http:// and not https://")
        }
        if bytes.hasPrefix("PRI * HTTP/2") { return .http2() }
        if bytes.hasPrefix("PROXY ") || bytes.hasPrefix("\r\n\r\n\0\r\nQUIT\n") {
            return .badRequest("this is the PROXY protocol, which is not supported: turn it off in the load balancer")
        }
        return nil
    }

    // MARK: The first line

    private static func requestLine(_ line: UnsafeRawBufferPointer, isWhole: Bool) -> APIError? {
        let space = line.firstIndex(of: UInt8(ascii: " ")) ?? line.count
        let method = UnsafeRawBufferPointer(rebasing: line[..<space])
        guard method.count > 0, method.allSatisfy(CharacterBits.isToken), space < line.count || !isWhole else {
            return .badFirstLine()
        }
        guard method.allSatisfy({ !($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) }) else {
            return .badRequest("the first line does not begin with a method, which is written in capital letters")
        }
        let rest = UnsafeRawBufferPointer(rebasing: line[min(space + 1, line.count)...])
        let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.count
        let target = UnsafeRawBufferPointer(rebasing: rest[..<end])
        guard target.count > 0 else {
            return isWhole ? .badRequest("there is one space between the method and the path, and a path") : nil
        }
        do throws(APIError) {
            _ = try RequestTarget(target, .get)
        } catch {
            // Of the other forms of a target the decoder knows the methods.
            if !target.elementsEqual("*".utf8), !method.elementsEqual("CONNECT".utf8) { return error }
        }
        return version(UnsafeRawBufferPointer(rebasing: rest[min(end + 1, rest.count)...]), isWhole: isWhole)
    }

    private static func version(_ text: UnsafeRawBufferPointer, isWhole: Bool) -> APIError? {
        if text.equals("HTTP/1.1") || text.equals("HTTP/1.0") { return nil }
        if !isWhole, "HTTP/1.1".utf8.starts(with: text) { return nil }
        guard text.count > 0 else {
            return .badRequest("the first line ends with HTTP/1.1, after the path and a space")
        }
        guard text[0] != UInt8(ascii: " ") else {
            return .badRequest("there is one space between the path and HTTP/1.1")
        }
        guard !text.contains(UInt8(ascii: " ")) else {
            return text.hasPrefix("HTTP/1.1 ") || text.hasPrefix("HTTP/1.0 ")
                ? .badRequest("the first line ends with HTTP/1.1, without a space after it")
                : .badRequest("the first line is a method, a path without spaces (write %20), and HTTP/1.1")
        }
        return text.hasPrefix("HTTP/")
            ? .otherVersion(text.quoted) : .badRequest("the first line ends with HTTP/1.1, not '\(text.quoted)'")
    }

    // MARK: Fields

    private mutating func field(_ line: UnsafeRawBufferPointer) -> APIError? {
        fieldCount += 1
        if fieldCount > HTTPLimits.headerFieldsMax { return .headerTooLarge() }
        if line[0].isOWS {
            return .badRequest("a line of the header begins with white space: a field stands on one line")
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        let name = UnsafeRawBufferPointer(rebasing: line[..<(colon ?? line.count)])
        if colon != nil, name.trimmingOWS.count < name.count {
            return .badRequest(
                "there is white space between a field's name, '\(name.trimmingOWS.quoted)', and its colon")
        }
        guard name.allSatisfy(CharacterBits.isToken), !(name.isEmpty && colon != nil) else {
            return .badRequest("the name of a field holds a character that is not allowed: '\(name.quoted)'")
        }
        guard let colon else { return .badRequest("the line '\(line.quoted)' of the header has no colon") }
        let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...])
        // A line break in the wrong place is told from the line's end.
        guard value.allSatisfy({ $0.isOWS || $0 == UInt8(ascii: "\r") || ($0 > 0x20 && $0 != 0x7F) }) else {
            return .badRequest("the value of the field '\(name.quoted)' holds a control character")
        }
        return framing(name, value)
    }

    /// The fields that state how the message ends, RFC 9112, 6.
    private mutating func framing(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> APIError? {
        let isLength = name.equalsIgnoringCase("content-length")
        let isCoding = name.equalsIgnoringCase("transfer-encoding")
        guard isLength || isCoding else { return nil }
        if isLength, hasContentLength { return .badRequest("there are several Content-Length; send one") }
        hasContentLength = hasContentLength || isLength
        hasTransferEncoding = hasTransferEncoding || isCoding
        if hasContentLength, hasTransferEncoding {
            return .badRequest("there is a Content-Length next to Transfer-Encoding; send one of the two")
        }
        if isCoding {
            for coding in FieldList(value) {
                if isChunked { return .codingAfterChunked() }
                isChunked = coding.equalsIgnoringCase("chunked")
            }
        }
        if isLength, let error = length(value.trimmingOWS) { return error }
        if value.last == 0x09 {
            return .badRequest(
                "the value of '\(name.quoted)' is followed by a tab; here only spaces are understood")
        }
        return nil
    }

    private func length(_ value: UnsafeRawBufferPointer) -> APIError? {
        if value.decimalValue != nil { return nil }
        guard value.count > 0, value.allSatisfy(\.isDigit) else {
            return .badRequest("Content-Length is one number in decimal digits, not '\(value.quoted)'")
        }
        // RFC 9110, 8.6: a number that does not fit in 64 bits is as good as any other.
        return .requestTooLarge(limit: HTTPLimits.requestBytesMax)
    }
}
