internal import Bytes
internal import KeyValue

/// A table file of the model, as it was read or written: it never changes. Layout: rows and ranges, then XXH64 of them,
/// then a word that marks the end of a table file.
final class ModelTable: Sendable {
    private static let mark: UInt64 = 0x656C_6261_742D_4B53

    let number: Int
    /// In the order of their keys, each once.
    let rows: [ModelRow]
    /// They hide rows of older tables.
    let ranges: [ModelRange]
    /// Tells this file from others.
    let checksum: UInt64
    /// Whether the content differs from its checksum. Then `rows` and `ranges` are empty, and a read fails that gets
    /// here.
    let isDamaged: Bool

    private init(number: Int, rows: [ModelRow], ranges: [ModelRange], checksum: UInt64, isDamaged: Bool) {
        self.number = number
        self.rows = rows
        self.ranges = ranges
        self.checksum = checksum
        self.isDamaged = isDamaged
    }

    /// The content of the file with these rows.
    static func content(_ rows: [ModelRow], _ ranges: [ModelRange]) -> [UInt8] {
        var content = ModelBytes()
        content.append(rows.count)
        content.append(ranges.count)
        for row in rows {
            content.append(row.value == nil ? 0 : 1)
            row.key.withUnsafeBytes { content.append($0) }
            row.value?.withUnsafeBytes { content.append($0) }
        }
        for range in ranges {
            range.lower.withUnsafeBytes { content.append($0) }
            range.upper.withUnsafeBytes { content.append($0) }
        }
        content.append(content.bytes.withUnsafeBytes { XXH64.hash($0) })
        content.append(mark)
        return content.bytes
    }

    /// Reads a file. Nil if it is no table file at all.
    convenience init?(number: Int, content: [UInt8]) {
        guard content.count >= 24 else { return nil }
        let end = content.count - 16
        let (checksum, mark) = content.withUnsafeBytes {
            ($0.littleEndian64(at: end), $0.littleEndian64(at: end + 8))
        }
        guard mark == Self.mark else { return nil }
        let body = content.withUnsafeBytes { content -> ([ModelRow], [ModelRange])? in
            let body = UnsafeRawBufferPointer(rebasing: content[..<end])
            return XXH64.hash(body) == checksum ? Self.decode(body) : nil
        }
        self.init(
            number: number, rows: body?.0 ?? [], ranges: body?.1 ?? [], checksum: checksum, isDamaged: body == nil)
    }

    private static func decode(_ body: UnsafeRawBufferPointer) -> ([ModelRow], [ModelRange])? {
        var reader = ModelBytesReader(body)
        guard let rowCount = reader.number(), let rangeCount = reader.number() else { return nil }
        var rows: [ModelRow] = []
        for _ in 0..<rowCount {
            guard let hasValue = reader.number(), let key = reader.string() else { return nil }
            guard hasValue == 1 else {
                rows.append(ModelRow(key: Array(key)))
                continue
            }
            guard let value = reader.string() else { return nil }
            rows.append(ModelRow(key: Array(key), value: Array(value)))
        }
        var ranges: [ModelRange] = []
        for _ in 0..<rangeCount {
            guard let lower = reader.string(), let upper = reader.string() else { return nil }
            ranges.append(ModelRange(lower: Array(lower), upper: Array(upper)))
        }
        return reader.isAtEnd ? (rows, ranges) : nil
    }
}
