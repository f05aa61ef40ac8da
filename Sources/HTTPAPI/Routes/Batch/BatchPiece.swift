internal import Bytes
internal import KeyValue
internal import NIOCore

/// A key or value in the text of a batch, viewed in place.
struct BatchPiece {
    enum Encoding {
        /// The bytes themselves.
        case plain
        /// The content of a JSON string with escapes.
        case escaped
        case base64
        /// Base64 in a JSON string with escapes.
        case escapedBase64
    }

    static var none: BatchPiece { BatchPiece(bytes: UnsafeRawBufferPointer(start: nil, count: 0), encoding: .plain) }

    let bytes: UnsafeRawBufferPointer
    let encoding: Encoding

    /// Writes the bytes that the piece stands for to the start of `target`, which has room for `bytes`, and returns
    /// their number; nil if the value was declared Base64 and is not.
    func write(to target: UnsafeMutableRawBufferPointer) -> Int? {
        switch encoding {
        case .plain:
            if bytes.count > 0 { target.copyMemory(from: bytes) }
            return bytes.count
        case .escaped:
            return JSONText.decode(bytes, into: target)
        case .base64:
            return Base64.decode(bytes, into: target)
        case .escapedBase64:
            var text: [UInt8] = []
            JSONText.appendDecoded(bytes, to: &text)
            return text.withUnsafeBytes { Base64.decode($0, into: target) }
        }
    }
}
