internal import HotPath
internal import KeyValue
internal import NIOCore

/// `/v1/kv/{key}`.
enum KeyValueRoutes {
    enum Get: ReadRoute {
        static func takes(_ parameter: Parameter) -> Bool { parameter == .format || parameter.isOfReads }

        static func writeAnswer(
            _ record: RecordView, of key: UnsafeRawBufferPointer, _ options: AnswerOptions, by writer: AnswerWriter,
            to output: inout ByteBuffer
        ) {
            guard options.contains(.answersJSON) else {
                return writer.write(
                    AnswerHead(of: record, type: contentType(of: record), options), body: record.value, options,
                    to: &output)
            }
            writer.withScratch { text in
                writeJSON(of: record, key: key, to: &text)
                text.withUnsafeReadableBytes {
                    writer.write(
                        AnswerHead(of: record, type: AnswerHead.json, options), body: $0, options, to: &output)
                }
            }
        }

        private static func contentType(of record: RecordView) -> UnsafeRawBufferPointer {
            if record.contentType.count > 0 { return record.contentType }
            return switch record.valueType {
            case .json: UnsafeRawBufferPointer("application/json")
            case .bytes: UnsafeRawBufferPointer("application/octet-stream")
            }
        }

        /// The record as `format=json` shows it.
        private static func writeJSON(
            of record: RecordView, key: UnsafeRawBufferPointer, to text: inout ByteBuffer
        ) {
            text.writeInteger(UInt8(ascii: "{"))
            JSONText.writeKeyMember(key, to: &text)
            switch record.valueType {
            case .json:
                text.writeStaticString(#","value":"#)
                text.writeBytes(record.value)
            case .bytes where record.value.isUTF8:
                text.writeStaticString(#","value":"#)
                JSONText.writeString(record.value, to: &text)
            case .bytes:
                text.writeStaticString(#","value_base64":""#)
                JSONText.writeBase64(record.value, to: &text)
                text.writeStaticString("\"")
            }
            text.writeStaticString(#","revision":"#)
            text.writeDecimal(record.revision)
            text.writeStaticString(#","expires_in_ms":null,"content_type":"#)
            if record.contentType.count > 0 {
                JSONText.writeString(record.contentType, to: &text)
            } else {
                text.writeStaticString("null")
            }
            text.writeStaticString("}\n")
        }
    }

    enum Put: WriteRoute {
        static var bodyBytesMax: Int { KeyValueLimits.valueBytesMax }
        static var bodyTooLarge: APIError { .valueTooLarge() }

        static func takes(_ parameter: Parameter) -> Bool {
            switch parameter {
            case .cas, .prev, .ttl, .lease, .keepTTL: true
            default: parameter.isOfWrites
            }
        }

        static func readField(
            _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
        ) throws(APIError) {
            // No field that means something to this route has a name of another length.
            switch name.count {
            case 8: try head.readCondition(name, value)
            case 12: try head.readDescription(name, value)
            case 13:
                try head.readCondition(name, value)
                try head.readDescription(name, value)
            case 15: try RequestHead.refuseIdempotencyKey(name)
            default: return
            }
        }

        static func carryOut(
            _ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable
        ) {
            request.key.withUnsafeBytes { answers.repeatBytes($0) }
            let value = request.body ?? ByteBuffer()
            let header = CommandHeader(
                kind: .put, condition: request.head.condition, valueType: .bytes,
                contentTypeBytes: request.head.contentType.utf8.count, keyBytes: request.key.count,
                valueBytes: value.readableBytes)
            value.withUnsafeReadableBytes { submit(header, $0, &request, &answers, table.services) }
        }

        /// `{"key":"k","revision":7}`
        static func writeAnswer(
            _ result: CommandResult, repeating key: UnsafeRawBufferPointer, _ options: AnswerOptions,
            by writer: AnswerWriter, to output: inout ByteBuffer
        ) {
            if key.isPlainJSON {
                return writeAnswer(#"{"key":""#, key, #"","revision":"#, result.revision, options, by: writer, &output)
            }
            writer.withScratch { text in
                text.writeStaticString("{")
                JSONText.writeKeyMember(key, to: &text)
                text.withUnsafeReadableBytes {
                    writeAnswer("", $0, #","revision":"#, result.revision, options, by: writer, &output)
                }
            }
        }

        private static func writeAnswer(
            _ start: StaticString, _ key: UnsafeRawBufferPointer, _ end: StaticString, _ revision: UInt64,
            _ options: AnswerOptions, by writer: AnswerWriter, _ output: inout ByteBuffer
        ) {
            let bodyBytes =
                start.utf8CodeUnitCount + key.count + end.utf8CodeUnitCount + revision.decimalDigitCount + 2
            var head = AnswerHead(revision: revision)
            head.isTagged = true
            writer.write(head, bodyBytes: bodyBytes, options, to: &output) { body in
                body.append(start)
                body.append(key)
                body.append(end)
                body.append(decimal: revision)
                body.append("}\n")
            }
        }
    }

    enum Delete: WriteRoute {
        static var takesAbsence: Bool { false }

        static func takes(_ parameter: Parameter) -> Bool {
            parameter == .cas || parameter == .prev || parameter.isOfWrites
        }

        static func readField(
            _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
        ) throws(APIError) {
            try head.readCondition(name, value)
            try RequestHead.refuseIdempotencyKey(name)
        }

        static func carryOut(
            _ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable
        ) {
            let header = CommandHeader(
                kind: .delete, condition: request.head.condition, reportsExistence: true,
                keyBytes: request.key.count)
            submit(header, UnsafeRawBufferPointer(start: nil, count: 0), &request, &answers, table.services)
        }

        /// `{"deleted":1,"revision":7}`
        static func writeAnswer(
            _ result: CommandResult, repeating _: UnsafeRawBufferPointer, _ options: AnswerOptions,
            by writer: AnswerWriter, to output: inout ByteBuffer
        ) {
            let start: StaticString = result.existed ? #"{"deleted":1,"revision":"# : #"{"deleted":0,"revision":"#
            writer.writeRevision(result.revision, after: UnsafeRawBufferPointer(start), options, to: &output)
        }
    }
}
