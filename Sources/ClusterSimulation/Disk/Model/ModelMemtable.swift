/// The newest rows of a family, which only the write-ahead log has on disk.
struct ModelMemtable: Sendable {
    /// In the order of their keys, each once.
    private(set) var rows: [ModelRow] = []
    /// They hide rows of tables, not those of this memtable.
    private(set) var ranges: [ModelRange] = []
    /// Roughly the memory that RocksDB would need.
    private(set) var bytes = 0

    var isEmpty: Bool { rows.isEmpty && ranges.isEmpty }

    mutating func set(_ key: UnsafeRawBufferPointer, to value: [UInt8]?) {
        bytes += key.count + (value?.count ?? 0) + 32
        let row = ModelRow(key: Array(key), value: value)
        // The log grows at its end.
        guard let last = rows.last, !last.key.withUnsafeBytes({ $0.isBefore(key) }) else { return rows.append(row) }
        let place = rows.place(of: key)
        if rows[place].key == row.key { rows[place] = row } else { rows.insert(row, at: place) }
    }

    mutating func removeRange(from lower: UnsafeRawBufferPointer, upTo upper: UnsafeRawBufferPointer) {
        guard lower.isBefore(upper) else { return }
        bytes += lower.count + upper.count + 32
        rows.removeSubrange(rows.place(of: lower)..<rows.place(of: upper))
        ranges.append(ModelRange(lower: Array(lower), upper: Array(upper)))
    }

    /// Whether a key of the memtable lies between two keys, both included.
    func overlaps(_ first: [UInt8], _ last: [UInt8]) -> Bool {
        first.withUnsafeBytes { first in
            last.withUnsafeBytes { last in
                let place = rows.place(of: first)
                if place < rows.count, !rows[place].key.withUnsafeBytes({ last.isBefore($0) }) { return true }
                return ranges.contains { range in
                    range.upper.withUnsafeBytes { first.isBefore($0) }
                        && range.lower.withUnsafeBytes { !last.isBefore($0) }
                }
            }
        }
    }
}
