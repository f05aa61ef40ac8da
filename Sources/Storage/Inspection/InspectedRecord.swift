internal import Bytes
internal import KeyValue

/// One record of a user.
package struct InspectedRecord: Encodable, Sendable {
    /// Nil if the key is not UTF-8; then `keyBase64` has it.
    package var key: String?
    package var keyBase64: String?
    package var revision: UInt64?
    package var valueType: String?
    package var contentType: String?
    package var bytes: Int?
    /// Nil if the value is not UTF-8; then `valueBase64` has it.
    package var value: String?
    package var valueBase64: String?
    package var problem: String?

    init(key stored: [UInt8], _ record: UnsafeRawBufferPointer) {
        key = String(validating: stored, as: UTF8.self)
        if key == nil { keyBase64 = Self.base64(stored) }
        do throws(CodecError) {
            let view = try RecordView(decoding: record)
            revision = view.revision
            valueType = "\(view.valueType)"
            if !view.contentType.isEmpty { contentType = String(decoding: view.contentType, as: UTF8.self) }
            bytes = view.value.count
            value = String(validating: view.value, as: UTF8.self)
            if value == nil { valueBase64 = Self.base64(Array(view.value)) }
        } catch {
            problem = error.description
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: Base64.encodedCount(bytes.count))
        bytes.withUnsafeBytes { bytes in
            _ = text.withUnsafeMutableBytes { Base64.encode(bytes, into: $0) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    package var text: String {
        let name = (key ?? keyBase64 ?? "").escapedForTerminal(charactersMax: 200)
        if let problem { return "\(name)  PROBLEM \(problem)" }
        let shown = (value ?? valueBase64 ?? "").escapedForTerminal(charactersMax: 60)
        return "\(name)  revision \(revision ?? 0)  \(valueType ?? "")  \(bytes ?? 0) bytes  \(shown)"
    }
}
