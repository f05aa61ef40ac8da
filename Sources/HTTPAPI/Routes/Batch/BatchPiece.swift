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

    /// Why a piece stands for no bytes.
    enum Flaw: Error, Hashable {
        /// It was declared Base64 and is not.
        case notBase64
        /// A string that holds half of a surrogate pair.
        case halfOfPair
    }

    static var none: BatchPiece { BatchPiece(bytes: UnsafeRawBufferPointer(start: nil, count: 0), encoding: .plain) }

    let bytes: UnsafeRawBufferPointer
    let encoding: Encoding

    /// Writes the bytes that the piece stands for to the start of `target`, which has room for `bytes`, and returns
    /// their number.
    func write(to target: UnsafeMutableRawBufferPointer) throws(Flaw) -> Int {
        switch encoding {
        case .plain:
            if bytes.count > 0 { target.copyMemory(from: bytes) }
            return bytes.count
        case .escaped:
            guard let count = JSONText.decode(bytes, into: target) else { throw .halfOfPair }
            return count
        case .base64:
            guard let count = Base64.decode(bytes, into: target) else { throw .notBase64 }
            return count
        case .escapedBase64:
            var text: [UInt8] = []
            guard JSONText.appendDecoded(bytes, to: &text),
                let count = text.withUnsafeBytes({ Base64.decode($0, into: target) })
            else { throw .notBase64 }
            return count
        }
    }
}
