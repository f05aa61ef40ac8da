internal import KeyValue
internal import NIOCore

/// The part of an answer's head that differs from answer to answer.
struct AnswerHead {
    static var json: UnsafeRawBufferPointer { UnsafeRawBufferPointer("application/json; charset=UTF-8") }
    static var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer("text/plain; charset=UTF-8") }

    let status: HTTPStatus
    /// Valid as long as the record that it may come from.
    let contentType: UnsafeRawBufferPointer
    /// `X-Skiff-Revision`.
    var revision: UInt64?
    /// `ETag` as well.
    var isTagged = false
    /// The body is a user's value, of this consistency.
    var consistency: ReadConsistency?
    /// Node, leader, term and index. raft-sample's answers to reads and writes do without.
    var namesNode = true
    /// Further fields, each after its line break.
    private(set) var fields: ByteBuffer?

    init(_ status: HTTPStatus, _ contentType: UnsafeRawBufferPointer) {
        self.status = status
        self.contentType = contentType
    }

    /// JSON about a write.
    init(revision: UInt64) {
        self.init(.ok, Self.json)
        self.revision = revision
    }

    /// raft-sample's answer about a record of this revision.
    init(ofStoreAt revision: UInt64) {
        self.init(revision: revision)
        namesNode = false
    }

    /// A record that is shown.
    init(of record: RecordView, type: UnsafeRawBufferPointer, _ options: AnswerOptions) {
        self.init(.ok, type)
        revision = record.revision
        isTagged = true
        consistency = options.contains(.isStale) ? .stale : .linearizable
    }

    /// Bytes of `value` that could end the field are left out.
    mutating func addField(_ name: StaticString, _ value: String) {
        if fields == nil { fields = ByteBuffer() }
        fields?.writeField(name, value)
    }
}

extension ByteBuffer {
    /// A header field after a line break. Bytes of `value` that could end the field are left out.
    mutating func writeField(_ name: StaticString, _ value: String) {
        writeStaticString("\r\n")
        writeStaticString(name)
        writeStaticString(": ")
        writeBytes(value.utf8.lazy.filter { $0 >= 0x20 && $0 != 0x7F })
    }
}
