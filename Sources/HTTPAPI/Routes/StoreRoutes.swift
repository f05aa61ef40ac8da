internal import HotPath
internal import KeyValue
internal import NIOCore

/// raft-sample's `/store` and `/store/{key}`.
enum StoreRoutes {
    enum Post: WriteRoute {
        static var bodyBytesMax: Int { HTTPLimits.requestBytesMax }

        static func takes(_ parameter: Parameter) -> Bool { parameter.isOfWrites }

        static func readField(
            _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
        ) throws(APIError) {
            try RequestHead.refuseIdempotencyKey(name)
        }

        static func carryOut(
            _ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable
        ) {
            let document = request.body ?? ByteBuffer()
            document.withUnsafeReadableBytes { bytes in
                let value: UnsafeRawBufferPointer
                do throws(APIError) {
                    value = try StoreDocument.read(bytes, key: &request.key)
                    try request.trimKey()
                } catch {
                    return answers.append(error, for: request.head, table.services)
                }
                request.key.withUnsafeBytes { key in
                    answers.repeatText { StoreAnswer.write(key: key, value: value, .persisted, to: &$0) }
                }
                let header = CommandHeader(
                    kind: .put, valueType: .json, keyBytes: request.key.count, valueBytes: value.count)
                submit(header, value, &request, &answers, table.services)
            }
        }

        static func writeAnswer(
            _ result: CommandResult, repeating body: UnsafeRawBufferPointer, _ options: AnswerOptions,
            by writer: AnswerWriter, to output: inout ByteBuffer
        ) {
            writer.write(AnswerHead(ofStoreAt: result.revision), body: body, options, to: &output)
        }
    }

    enum Get: ReadRoute {
        static func takes(_ parameter: Parameter) -> Bool { parameter.isOfReads }

        static func consistency(_ settings: HTTPServerSettings) -> ReadConsistency { settings.legacyRead }

        static func writeAnswer(
            _ record: RecordView, of key: UnsafeRawBufferPointer, _ options: AnswerOptions, by writer: AnswerWriter,
            to output: inout ByteBuffer
        ) {
            writer.withScratch { text in
                StoreAnswer.write(key: key, record: record, to: &text)
                text.withUnsafeReadableBytes {
                    writer.write(AnswerHead(ofStoreAt: record.revision), body: $0, options, to: &output)
                }
            }
        }
    }

    enum Delete: WriteRoute {
        static func takes(_ parameter: Parameter) -> Bool { parameter.isOfWrites }

        static func readField(
            _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
        ) throws(APIError) {
            try RequestHead.refuseIdempotencyKey(name)
        }

        static func carryOut(
            _ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable
        ) {
            request.key.withUnsafeBytes { key in
                answers.repeatText { StoreAnswer.write(key: key, value: nil, .removed, to: &$0) }
            }
            let header = CommandHeader(
                kind: .delete, condition: request.head.condition, reportsExistence: false,
                keyBytes: request.key.count)
            submit(header, UnsafeRawBufferPointer(start: nil, count: 0), &request, &answers, table.services)
        }

        static func writeAnswer(
            _ result: CommandResult, repeating body: UnsafeRawBufferPointer, _ options: AnswerOptions,
            by writer: AnswerWriter, to output: inout ByteBuffer
        ) {
            writer.write(AnswerHead(ofStoreAt: result.revision), body: body, options, to: &output)
        }
    }
}
