internal import KeyValue

extension RequestHead {
    /// Reads one header field; most mean nothing and are ignored.
    mutating func readField(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // The fields that say how the message ends count whatever is wrong with the rest.
        readFraming(name, value)
        guard !isRefused, let route else { return }
        do throws(APIError) {
            try route.readField(name, value, into: &self)
        } catch {
            refuse(error)
        }
    }

    /// A field that says how this message continues and ends.
    private mutating func readFraming(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        switch name.count {
        case 6 where name.equalsIgnoringCase("expect"):
            expectsContinue = value.equalsIgnoringCase("100-continue")
        case 7 where name.equalsIgnoringCase("upgrade"):
            // The parser stops at an upgrade, which this server never makes.
            closes = true
            announcesKeepAlive = false
        case 14 where name.equalsIgnoringCase("content-length"):
            contentLength = value.decimalValue.map { Int(clamping: $0) }
        case 17 where name.equalsIgnoringCase("transfer-encoding") && !value.equalsIgnoringCase("chunked"):
            // The decoder undoes the chunks and nothing else.
            refuse(.notSupported("a transfer coding other than chunked"))
        default:
            break
        }
    }

    // MARK: Fields that mean something to a route

    /// A condition on the revision of the record.
    mutating func readCondition(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(APIError) {
        switch name.count {
        case 8 where name.equalsIgnoringCase("if-match"):
            try addCondition(Self.condition(ofTag: value))
        case 13 where name.equalsIgnoringCase("if-none-match"):
            guard value.equals("*") else {
                throw .invalidArgument("'If-None-Match' is * for a write")
            }
            try addCondition(.absent)
        default:
            break
        }
    }

    /// A description of the value.
    mutating func readDescription(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(APIError) {
        switch name.count {
        case 12 where name.equalsIgnoringCase("content-type"):
            try readContentType(value)
        case 13 where name.equalsIgnoringCase("content-range"):
            // RFC 9110, 14.4: it must not be taken for the whole value.
            throw .invalidArgument("a value is written as a whole; leave out 'Content-Range'")
        default:
            break
        }
    }

    /// Promised by the interface, not there yet: to ignore it could carry a write out twice.
    static func refuseIdempotencyKey(_ name: UnsafeRawBufferPointer) throws(APIError) {
        if name.count == 15, name.equalsIgnoringCase("idempotency-key") {
            throw .notSupported("the header field 'Idempotency-Key'")
        }
    }

    /// `If-Match`, RFC 9110, 13.1.1.
    private static func condition(ofTag tag: UnsafeRawBufferPointer) throws(APIError) -> Condition {
        if tag.equals("*") { return .present }
        guard tag.count > 2, tag[0] == UInt8(ascii: "\""), tag[tag.count - 1] == UInt8(ascii: "\""),
            let revision = UnsafeRawBufferPointer(rebasing: tag[1..<(tag.count - 1)]).decimalValue, revision > 0
        else {
            throw .invalidArgument("'If-Match' is * or one revision in quotes, such as \"17\"")
        }
        return .revision(revision)
    }

    private mutating func readContentType(_ value: UnsafeRawBufferPointer) throws(APIError) {
        // curl's default says nothing about the value.
        if value.equalsIgnoringCase("application/x-www-form-urlencoded") { return }
        guard value.count <= KeyValueLimits.contentTypeBytesMax else {
            throw .invalidArgument("'Content-Type' is longer than \(KeyValueLimits.contentTypeBytesMax) bytes")
        }
        // It is sent back in a header of an answer.
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .invalidArgument("'Content-Type' holds control characters")
        }
        contentType = String(decoding: value, as: UTF8.self)
    }
}
