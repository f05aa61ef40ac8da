internal import KeyValue
internal import NIOCore

/// The bodies of raft-sample's `/store` answers: `{"data":{"key":..,"value":..},"message":".."}` and a line break.
enum StoreAnswer {
    enum Message {
        case persisted, fetched, removed

        fileprivate var end: StaticString {
            switch self {
            case .persisted: "},\"message\":\"success persisting data\"}\n"
            case .fetched: "},\"message\":\"success fetching data\"}\n"
            case .removed: "},\"message\":\"success removing data\"}\n"
            }
        }
    }

    /// `value` is JSON text, nil for `null`.
    static func write(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?, _ message: Message, to buffer: inout ByteBuffer
    ) {
        writeStart(key: key, to: &buffer)
        if let value {
            buffer.writeBytes(value)
        } else {
            buffer.writeStaticString("null")
        }
        buffer.writeStaticString(message.end)
    }

    /// A record as `GET /store/{key}` shows it: the JSON text that was stored, or bytes of `/v1/kv` as a string.
    static func write(key: UnsafeRawBufferPointer, record: RecordView, to buffer: inout ByteBuffer) {
        writeStart(key: key, to: &buffer)
        switch record.valueType {
        case .json: buffer.writeBytes(record.value)
        case .bytes: JSONText.writeValue(record.value, to: &buffer, escapingHTML: true)
        }
        buffer.writeStaticString(Message.fetched.end)
    }

    private static func writeStart(key: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        buffer.writeStaticString(#"{"data":{"#)
        JSONText.writeKeyMember(key, to: &buffer, escapingHTML: true)
        buffer.writeStaticString(#","value":"#)
    }
}
