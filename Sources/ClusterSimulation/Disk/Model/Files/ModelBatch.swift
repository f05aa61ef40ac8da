internal import Storage

/// A batch of a model database: from the first operation on what it will be in the write-ahead log. Layout of an
/// operation: kind, number of the family, then one or two strings.
final class ModelBatch: EngineBatch {
    enum Kind: UInt8 {
        case put, delete, deleteRange
    }

    private let database: ModelDatabase
    private var record = ModelBytes(bytes: [UInt8](repeating: 0, count: ModelRecords.headerBytes))
    private(set) var count = 0

    init(for database: ModelDatabase) { self.database = database }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: StoreFamily) {
        begin(.put, family)
        record.append(key)
        record.append(value)
    }

    func delete(_ key: UnsafeRawBufferPointer, in family: StoreFamily) {
        begin(.delete, family)
        record.append(key)
    }

    func deleteRange(
        from lower: UnsafeRawBufferPointer, upTo upper: UnsafeRawBufferPointer, in family: StoreFamily
    ) {
        begin(.deleteRange, family)
        record.append(lower)
        record.append(upper)
    }

    private func begin(_ kind: Kind, _ family: StoreFamily) {
        guard let place = database.families.firstIndex(where: { $0.name == family }) else {
            preconditionFailure("a batch names the column family \(family.name), which does not exist")
        }
        record.append(Int(kind.rawValue))
        record.append(database.families[place].number)
        count += 1
    }

    func write() throws(EngineError) {
        if count == 0 { return }
        ModelRecords.seal(&record.bytes)
        try database.write(record.bytes)
    }

    func clear() {
        record.bytes.removeSubrange(ModelRecords.headerBytes...)
        count = 0
    }

    /// Calls `body` with each operation of a payload and the number of its family; false if it makes no sense.
    static func forEach(
        in payload: UnsafeRawBufferPointer,
        _ body: (Kind, Int, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        var reader = ModelBytesReader(payload)
        while !reader.isAtEnd {
            guard let head = reader.number(), let kind = Kind(rawValue: UInt8(truncatingIfNeeded: head)),
                let family = reader.number(), let first = reader.string()
            else { return false }
            guard kind != .delete else {
                body(kind, family, first, first)
                continue
            }
            guard let second = reader.string() else { return false }
            body(kind, family, first, second)
        }
        return true
    }
}
