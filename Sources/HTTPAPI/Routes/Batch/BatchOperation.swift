internal import Bytes
internal import KeyValue
internal import NIOCore

/// One operation in the text of a batch, viewed in place.
struct BatchOperation {
    /// `put` or `delete`.
    var kind: CommandKind
    var key: BatchPiece
    var keyField: StaticString
    /// Nil for a delete.
    var valueType: ValueType?
    var value = BatchPiece.none
    var valueField: StaticString = "value"

    /// Writes the operation as a group carries it (`OperationView`) to the start of `target`, which has room for the
    /// header and both texts, and returns its size.
    func encode(into target: UnsafeMutableRawBufferPointer) throws(OperationFailure) -> Int {
        let keyStart = OperationView.headerBytes
        let keyBytes = try Self.write(key, keyField, to: UnsafeMutableRawBufferPointer(rebasing: target[keyStart...]))
        guard keyBytes > 0 else { throw OperationFailure("field '\(keyField)' is empty") }
        guard keyBytes <= KeyValueLimits.keyBytesMax else {
            throw OperationFailure("field '\(keyField)' is longer than \(KeyValueLimits.keyBytesMax) bytes")
        }
        let valueStart = keyStart + keyBytes
        let valueBytes = try Self.write(
            value, valueField, to: UnsafeMutableRawBufferPointer(rebasing: target[valueStart...]))
        guard valueBytes <= KeyValueLimits.valueBytesMax else { throw .valueTooLarge(valueField) }
        OperationView.encodeHeader(kind, valueType, keyBytes: keyBytes, valueBytes: valueBytes, into: target)
        return valueStart + valueBytes
    }

    private static func write(
        _ piece: BatchPiece, _ field: StaticString, to target: UnsafeMutableRawBufferPointer
    ) throws(OperationFailure) -> Int {
        do throws(BatchPiece.Flaw) {
            return try piece.write(to: target)
        } catch {
            switch error {
            case .notBase64: throw OperationFailure("field '\(field)' is not Base64 as RFC 4648, section 4, has it")
            case .halfOfPair:
                throw OperationFailure(
                    "field '\(field)' holds half of a surrogate pair, such as \\ud800, which is no character; "
                        + "'\(field)_base64' takes any bytes")
            }
        }
    }
}
