internal import KeyValue

extension RequestHead {
    /// Reads one header field; most mean nothing and are ignored.
    mutating func readField(_ name: UnsafeRawBufferPointer, _ content: UnsafeRawBufferPointer) {
        // RFC 9110, 5.5: "A field value does not include leading or trailing whitespace."
        let value = content.trimmingOWS
        // The fields about the message itself count whatever is wrong with the rest.
        readFraming(name, value)
        guard !isRefused, let route else { return }
        do throws(APIError) {
            try route.readField(name, value, into: &self)
        } catch {
            refuse(error)
        }
    }

    /// All fields were read: checks what RFC 9112 asks of every message.
    mutating func endFields(isHTTP10: Bool) {
        if framing.hostCount == 0, !isHTTP10 {
            refuse(.badRequest("the header has no Host, which HTTP/1.1 asks for; send one such as 'Host: localhost'"))
        }
        guard framing.hasTransferEncoding else { return }
        if isHTTP10 {
            // RFC 9112, 6.1: it must be treated "as if the framing is faulty".
            refuse(.badRequest("HTTP/1.0 has no Transfer-Encoding; send a Content-Length, or HTTP/1.1"))
            closes = true
            announcesKeepAlive = false
        } else if !framing.isChunked {
            refuse(.badRequest("the last coding of Transfer-Encoding is chunked, or the end of the body is not known"))
        }
    }

    /// A field that says how this message continues and ends, and where it is meant to go.
    private mutating func readFraming(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            readHost(value)
        case 6 where name.equalsIgnoringCase("expect"):
            expectsContinue = value.equalsIgnoringCase("100-continue")
        case 7 where name.equalsIgnoringCase("upgrade"):
            // The parser stops at an upgrade, which this server never makes.
            closes = true
            announcesKeepAlive = false
        case 10 where name.equalsIgnoringCase("connection"):
            if FieldList(value).contains(where: { $0.equalsIgnoringCase("close") }) {
                closes = true
                announcesKeepAlive = false
            }
        case 14 where name.equalsIgnoringCase("content-length"):
            contentLength = value.decimalValue.map { Int(clamping: $0) }
        case 16 where bodyBytesMax > 0 && name.equalsIgnoringCase("content-encoding"):
            // It would be lost, and whoever reads the value would not know how to.
            if !FieldList(value).allSatisfy({ $0.equalsIgnoringCase("identity") }) { refuse(.unsupportedEncoding()) }
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            readTransferEncoding(value)
        default:
            break
        }
    }

    /// RFC 9112, 3.2: a server must answer 400 to a request with several `Host` fields, or one that is no host.
    private mutating func readHost(_ value: UnsafeRawBufferPointer) {
        framing.hostCount += 1
        if framing.hostCount > 1 {
            refuse(.badRequest("the header has several Host fields; send one"))
        } else if !Authority.isValid(value, mayBeEmpty: true) {
            refuse(
                .badRequest(
                    "the value of Host is not a host, with a port up to 65535 if any, such as localhost:2221"))
        }
    }

    private mutating func readTransferEncoding(_ value: UnsafeRawBufferPointer) {
        framing.hasTransferEncoding = true
        for coding in FieldList(value) {
            if framing.isChunked { refuse(.codingAfterChunked()) }
            framing.isChunked = coding.equalsIgnoringCase("chunked")
            // The decoder undoes the chunks and nothing else.
            if !framing.isChunked { refuse(.notSupported("a transfer coding other than chunked")) }
        }
    }

    // MARK: Fields that mean something to a route

    /// A condition on the revision of the record.
    mutating func readCondition(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(APIError) {
        switch name.count {
        case 8 where name.equalsIgnoringCase("if-match"):
            try addCondition(Self.condition(ofTags: value))
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

    /// `If-Match`, RFC 9110, 13.1.1: "the condition is true if any of the listed tags match", where a weak tag matches
    /// nothing. Of the others a command holds one.
    private static func condition(ofTags list: UnsafeRawBufferPointer) throws(APIError) -> Condition {
        if list.equals("*") { return .present }
        var wanted: UInt64?
        var weak: UnsafeRawBufferPointer?
        for tag in FieldList(list) {
            if tag.hasPrefix("W/") {
                weak = tag
                continue
            }
            guard wanted == nil, let revision = revision(ofTag: tag) else { throw .invalidTag() }
            wanted = revision
        }
        if let wanted { return .revision(wanted) }
        guard let weak, revision(ofTag: UnsafeRawBufferPointer(rebasing: weak[2...])) != nil else {
            throw .invalidTag()
        }
        throw .weakTag(String(decoding: weak, as: UTF8.self))
    }

    /// The revision between quotes.
    private static func revision(ofTag tag: UnsafeRawBufferPointer) -> UInt64? {
        guard tag.count > 2, tag[0] == UInt8(ascii: "\""), tag[tag.count - 1] == UInt8(ascii: "\""),
            let revision = UnsafeRawBufferPointer(rebasing: tag[1..<(tag.count - 1)]).decimalValue, revision > 0
        else { return nil }
        return revision
    }

    private mutating func readContentType(_ value: UnsafeRawBufferPointer) throws(APIError) {
        guard !hasContentType else { throw .invalidArgument("'Content-Type' is given twice") }
        hasContentType = true
        // curl's default says nothing about the value.
        if value.equalsIgnoringCase("application/x-www-form-urlencoded") { return }
        guard value.count <= KeyValueLimits.contentTypeBytesMax else {
            throw .invalidArgument("'Content-Type' is longer than \(KeyValueLimits.contentTypeBytesMax) bytes")
        }
        // It is sent back in a header of an answer.
        guard value.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            throw .invalidArgument("'Content-Type' holds control characters")
        }
        let text = String(decoding: value, as: UTF8.self)
        // NIO's decoder has put this character in the place of bytes that are not UTF-8, which cannot be given back.
        guard !text.unicodeScalars.contains("\u{FFFD}") else {
            throw .invalidArgument("'Content-Type' holds bytes that are not UTF-8")
        }
        contentType = text
    }
}

extension APIError {
    /// RFC 9112, 6.1: "A sender MUST NOT apply the chunked transfer coding more than once", and it is the last one.
    static func codingAfterChunked() -> APIError {
        .badRequest("Transfer-Encoding has a coding after chunked, which is the last one")
    }

    fileprivate static func invalidTag() -> APIError {
        .invalidArgument("'If-Match' is * or one revision in quotes, such as \"17\"")
    }

    /// `If-Match` names no tag but this.
    fileprivate static func weakTag(_ tag: String) -> APIError {
        APIError(
            .preconditionFailed,
            "'If-Match' is the weak tag \(tag), which matches no record (RFC 9110, 13.1.1), so nothing was written; a "
                + "proxy that changes answers, to compress them for example, has probably weakened the ETag: "
                + "send the tag without W/, or the revision as cas=")
    }
}
