internal import Glibc

/// A key with its value, or with nil, which hides the value that the key has in older rows.
struct ModelRow: Sendable {
    var key: [UInt8]
    var value: [UInt8]?
}

extension UnsafeRawBufferPointer {
    /// The order of RocksDB's keys.
    func isBefore(_ other: UnsafeRawBufferPointer) -> Bool {
        let common = Swift.min(count, other.count)
        guard common > 0, let baseAddress, let otherAddress = other.baseAddress else { return count < other.count }
        let order = memcmp(baseAddress, otherAddress, common)
        return order != 0 ? order < 0 : count < other.count
    }
}

extension [ModelRow] {
    /// The place of the first row whose key is not before `key`, in rows whose keys ascend.
    func place(of key: UnsafeRawBufferPointer) -> Int {
        var lower = 0
        var upper = count
        while lower < upper {
            let middle = (lower + upper) / 2
            if self[middle].key.withUnsafeBytes({ $0.isBefore(key) }) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }

    /// The row of a key, in rows whose keys ascend.
    func row(of key: UnsafeRawBufferPointer) -> ModelRow? {
        let place = place(of: key)
        guard place < count, !self[place].key.withUnsafeBytes({ key.isBefore($0) }) else { return nil }
        return self[place]
    }
}
