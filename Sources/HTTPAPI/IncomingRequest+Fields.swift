internal import KeyValue
internal import NIOHTTP1

extension IncomingRequest {
    /// Reads the header fields that mean something to the route; the rest is ignored.
    mutating func readFields(_ fields: HTTPHeaders) throws(APIError) {
        let isWrite = route == .putKV || route == .deleteKV
        guard isWrite || route == .batch || route == .putStore || route == .deleteStore else { return }
        for (name, value) in fields {
            switch name.utf8.count {
            case 8 where isWrite && Self.matches(name, "if-match"):
                try readIfMatch(value)
            case 12 where route == .putKV && Self.matches(name, "content-type"):
                try readContentType(value)
            case 13 where isWrite && Self.matches(name, "if-none-match"):
                guard value == "*" else {
                    throw .invalidArgument("'If-None-Match' is * for a write")
                }
                try addCondition(.absent)
            case 8 where route == .batch && Self.matches(name, "if-match"),
                13 where route == .batch && Self.matches(name, "if-none-match"):
                throw .notSupported("a condition on a batch, '\(name)',")
            case 15 where Self.matches(name, "idempotency-key"):
                throw .notSupported("the header field 'Idempotency-Key'")
            default:
                continue
            }
        }
    }

    /// Reads the fields that say how this message goes on and ends.
    mutating func readFraming(_ fields: HTTPHeaders) {
        for (name, value) in fields {
            switch name.utf8.count {
            case 6 where Self.matches(name, "expect"):
                expectsContinue = Self.matches(value, "100-continue")
            case 7 where Self.matches(name, "upgrade"):
                // The parser stops at an upgrade, which this server never makes.
                closes = true
                announcesKeepAlive = false
            case 14 where Self.matches(name, "content-length"):
                contentLength = Int(value)
            default:
                continue
            }
        }
    }

    private mutating func readIfMatch(_ value: String) throws(APIError) {
        var text = value
        let wanted: Condition? = text.withUTF8 { bytes in
            let tag = UnsafeRawBufferPointer(bytes)
            if tag.equals("*") { return .present }
            guard tag.count > 2, tag[0] == UInt8(ascii: "\""), tag[tag.count - 1] == UInt8(ascii: "\"") else {
                return nil
            }
            return UnsafeRawBufferPointer(rebasing: tag[1..<(tag.count - 1)]).decimalValue.map { .revision($0) }
        }
        guard let wanted, wanted != .revision(0) else {
            throw .invalidArgument("'If-Match' is * or one revision in quotes, such as \"17\"")
        }
        try addCondition(wanted)
    }

    private mutating func readContentType(_ value: String) throws(APIError) {
        // What curl sends unless it is told otherwise says nothing about the value.
        if Self.matches(value, "application/x-www-form-urlencoded") { return }
        guard value.utf8.count <= KeyValueLimits.contentTypeBytesMax else {
            throw .invalidArgument("'Content-Type' is longer than \(KeyValueLimits.contentTypeBytesMax) bytes")
        }
        // It is sent back in a header of an answer.
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .invalidArgument("'Content-Type' holds control characters")
        }
        contentType = value
    }

    /// `text` is lower-case ASCII.
    private static func matches(_ string: String, _ text: StaticString) -> Bool {
        var copy = string
        return copy.withUTF8 { UnsafeRawBufferPointer($0).equalsIgnoringCase(text) }
    }
}
