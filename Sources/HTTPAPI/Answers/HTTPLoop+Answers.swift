internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

// Answers that are written once per request, each as head and body in one piece.
extension HTTPLoop {
    /// Room for every field that an answer can have, except the content type of a record.
    private var headBytesMax: Int { 512 + nodeFields.count + AnswerFrame.fieldBytesMax }

    static let jsonHead: StaticString =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: "

    // MARK: Writes

    /// `{"key":"k","revision":7}`
    func writePut(revision: UInt64, key: UnsafeRawBufferPointer, _ frame: AnswerFrame, to output: inout ByteBuffer) {
        if key.isPlainJSON {
            return writePut(
                revision: revision, start: #"{"key":""#, key: key, end: #"","revision":"#, frame, to: &output)
        }
        scratch.clear()
        scratch.writeStaticString("{")
        JSONText.writeKeyMember(key, to: &scratch)
        scratch.withUnsafeReadableBytes {
            writePut(revision: revision, start: "", key: $0, end: #","revision":"#, frame, to: &output)
        }
    }

    private func writePut(
        revision: UInt64, start: StaticString, key: UnsafeRawBufferPointer, end: StaticString, _ frame: AnswerFrame,
        to output: inout ByteBuffer
    ) {
        let length =
            start.utf8CodeUnitCount + key.count + end.utf8CodeUnitCount + revision.decimalDigitCount + 2
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: headBytesMax + length) { target in
            var cursor = ByteCursor(target)
            cursor.append(Self.jsonHead)
            cursor.append(decimal: UInt64(length))
            appendRevision(revision, isTag: true, to: &cursor)
            appendNodeFields(to: &cursor)
            frame.appendEndOfHead(to: &cursor)
            cursor.append(start)
            cursor.append(key)
            cursor.append(end)
            cursor.append(decimal: revision)
            cursor.append("}\n")
            return cursor.count
        }
    }

    /// `{"deleted":1,"revision":7}`
    func writeDelete(revision: UInt64, existed: Bool, _ frame: AnswerFrame, to output: inout ByteBuffer) {
        let prefix: StaticString = existed ? #"{"deleted":1,"revision":"# : #"{"deleted":0,"revision":"#
        let bytes = UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        let length = bytes.count + revision.decimalDigitCount + 2
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: headBytesMax + length) { target in
            var cursor = ByteCursor(target)
            cursor.append(Self.jsonHead)
            cursor.append(decimal: UInt64(length))
            appendRevision(revision, isTag: false, to: &cursor)
            appendNodeFields(to: &cursor)
            frame.appendEndOfHead(to: &cursor)
            cursor.append(bytes)
            cursor.append(decimal: revision)
            cursor.append("}\n")
            return cursor.count
        }
    }

    /// `{"applied":2,"failed":[],"revision":7}`, of which `start` is what comes before the revision.
    func writeBatch(revision: UInt64, start: UnsafeRawBufferPointer, _ frame: AnswerFrame, to output: inout ByteBuffer)
    {
        let length = start.count + revision.decimalDigitCount + 2
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: headBytesMax + length) { target in
            var cursor = ByteCursor(target)
            cursor.append(Self.jsonHead)
            cursor.append(decimal: UInt64(length))
            appendRevision(revision, isTag: false, to: &cursor)
            appendNodeFields(to: &cursor)
            frame.appendEndOfHead(to: &cursor)
            cursor.append(start)
            cursor.append(decimal: revision)
            cursor.append("}\n")
            return cursor.count
        }
    }

    /// raft-sample's answer to a write, whose body was known when the request came.
    func writeStore(revision: UInt64, body: UnsafeRawBufferPointer, _ frame: AnswerFrame, to output: inout ByteBuffer) {
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: headBytesMax + body.count) { target in
            var cursor = ByteCursor(target)
            cursor.append(Self.jsonHead)
            cursor.append(decimal: UInt64(body.count))
            appendRevision(revision, isTag: false, to: &cursor)
            frame.appendEndOfHead(to: &cursor)
            cursor.append(body)
            return cursor.count
        }
    }

    // MARK: Reads

    /// Answers a read with the record's bytes, nil if there is none.
    func writeRecord(
        _ bytes: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer, _ request: PendingRequest, _ frame: AnswerFrame,
        to output: inout ByteBuffer
    ) throws(APIError) {
        guard let bytes else { throw .keyNotFound(key) }
        let record: RecordView
        do throws(CodecError) {
            record = try RecordView(decoding: bytes)
        } catch {
            throw .damagedRecord(error)
        }
        if request.action == .readStore {
            writeStoreRecord(record, key: key, frame, to: &output)
        } else if request.options.contains(.answersJSON) {
            scratch.clear()
            writeJSON(of: record, key: key)
            scratch.withUnsafeReadableBytes {
                writeRaw($0, type: Self.jsonType, record, request, frame, to: &output)
            }
        } else {
            writeRaw(record.value, type: Self.contentType(of: record), record, request, frame, to: &output)
        }
    }

    private static let jsonType: StaticString = "application/json; charset=UTF-8"

    private func writeRaw(
        _ body: UnsafeRawBufferPointer, type: UnsafeRawBufferPointer, _ record: RecordView, _ request: PendingRequest,
        _ frame: AnswerFrame, to output: inout ByteBuffer
    ) {
        let room = headBytesMax + KeyValueLimits.contentTypeBytesMax + (frame.isHead ? 0 : body.count)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
            var cursor = ByteCursor(target)
            cursor.append("HTTP/1.1 200 OK\r\nContent-Type: ")
            cursor.append(type)
            cursor.append("\r\nContent-Length: ")
            cursor.append(decimal: UInt64(body.count))
            appendRevision(record.revision, isTag: true, to: &cursor)
            // The value is a user's: no browser shall guess that it is a page.
            cursor.append("\r\nX-Content-Type-Options: nosniff\r\nX-Skiff-Consistency: ")
            cursor.append(request.options.contains(.isStale) ? "stale" : "linearizable")
            appendNodeFields(to: &cursor)
            frame.appendEndOfHead(to: &cursor)
            if !frame.isHead { cursor.append(body) }
            return cursor.count
        }
    }

    private func writeRaw(
        _ body: UnsafeRawBufferPointer, type: StaticString, _ record: RecordView, _ request: PendingRequest,
        _ frame: AnswerFrame, to output: inout ByteBuffer
    ) {
        let bytes = UnsafeRawBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount)
        writeRaw(body, type: bytes, record, request, frame, to: &output)
    }

    private static func contentType(of record: RecordView) -> UnsafeRawBufferPointer {
        if record.contentType.count > 0 { return record.contentType }
        let type: StaticString =
            switch record.valueType {
            case .json: "application/json"
            case .bytes: "application/octet-stream"
            }
        return UnsafeRawBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount)
    }

    /// The record as `format=json` shows it, into `scratch`.
    private func writeJSON(of record: RecordView, key: UnsafeRawBufferPointer) {
        scratch.writeInteger(UInt8(ascii: "{"))
        JSONText.writeKeyMember(key, to: &scratch)
        switch record.valueType {
        case .json:
            scratch.writeStaticString(#","value":"#)
            scratch.writeBytes(record.value)
        case .bytes where record.value.isUTF8:
            scratch.writeStaticString(#","value":"#)
            JSONText.writeString(record.value, to: &scratch)
        case .bytes:
            scratch.writeStaticString(#","value_base64":""#)
            JSONText.writeBase64(record.value, to: &scratch)
            scratch.writeStaticString("\"")
        }
        scratch.writeStaticString(#","revision":"#)
        scratch.writeString(String(record.revision))
        scratch.writeStaticString(#","expires_in_ms":null,"content_type":"#)
        if record.contentType.count > 0 {
            JSONText.writeString(record.contentType, to: &scratch)
        } else {
            scratch.writeStaticString("null")
        }
        scratch.writeStaticString("}\n")
    }

    private func writeStoreRecord(
        _ record: RecordView, key: UnsafeRawBufferPointer, _ frame: AnswerFrame, to output: inout ByteBuffer
    ) {
        scratch.clear()
        StoreAnswer.write(key: key, record: record, to: &scratch)
        scratch.withUnsafeReadableBytes { writeStore(revision: record.revision, body: $0, frame, to: &output) }
    }

    // MARK: Fields

    private func appendRevision(_ revision: UInt64, isTag: Bool, to cursor: inout ByteCursor) {
        cursor.append("\r\nX-Skiff-Revision: ")
        cursor.append(decimal: revision)
        guard isTag else { return }
        cursor.append("\r\nETag: \"")
        cursor.append(decimal: revision)
        cursor.append("\"")
    }

    func appendNodeFields(to cursor: inout ByteCursor) {
        nodeFields.withUnsafeBytes { cursor.append($0) }
        cursor.append("\r\nX-Skiff-Index: ")
        cursor.append(decimal: board.appliedIndex.rawValue)
    }
}

extension APIError {
    static func keyNotFound(_ key: UnsafeRawBufferPointer) -> APIError {
        var error = APIError(.keyNotFound, "the key does not exist")
        let name = String(decoding: key, as: UTF8.self)
        error.legacyMessage = "error getting key \(name) from storage: Key not found"
        return error
    }
}
