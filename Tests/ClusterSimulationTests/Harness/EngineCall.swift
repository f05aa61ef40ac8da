import Bytes
import Storage

/// One call that changes an engine, with its arguments.
enum EngineCall: Sendable {
    enum Operation: Sendable {
        case put(StoreFamily, key: [UInt8], value: [UInt8])
        case delete(StoreFamily, key: [UInt8])
        case deleteRange(StoreFamily, lower: [UInt8], upper: [UInt8])
    }

    case write([Operation])
    case sync
    case flush(StoreFamily)
    /// Files that enter a family together, each with rows in the order of their keys; nil deletes.
    case ingest(StoreFamily, files: [[(key: [UInt8], value: [UInt8]?)]])
    case create(Int)
    case drop(Int)

    /// `directory` is that of the database, for the file that is ingested.
    func perform(on engine: any StorageEngine, _ directory: String) throws(EngineError) {
        switch self {
        case .write(let operations):
            let batch = engine.makeBatch()
            for operation in operations { operation.add(to: batch) }
            try batch.write()
        case .sync: try engine.syncLog()
        case .flush(let family): try engine.flush(family)
        case .ingest(let family, let files):
            let paths = files.indices.map { "\(directory)/table\($0).new" }
            for (path, rows) in zip(paths, files) { try Self.write(rows, to: path, with: engine) }
            try engine.require(family).ingest(paths)
        case .create(let number): _ = try engine.createDataFamily(number)
        case .drop(let number): try engine.dropDataFamily(number)
        }
    }

    /// Files that hide nothing are written row by row, the others at once.
    private static func write(
        _ rows: [(key: [UInt8], value: [UInt8]?)], to path: String, with engine: any StorageEngine
    ) throws(EngineError) {
        if rows.allSatisfy({ $0.value != nil }) {
            let file = try engine.startTableFile(path)
            for row in rows {
                let outcome: Result<Void, EngineError> = row.key.withUnsafeBytes { key in
                    (row.value ?? []).withUnsafeBytes { value in
                        Result { () throws(EngineError) in try file.put(key, value) }
                    }
                }
                try outcome.get()
            }
            try file.finish()
        } else {
            // The rows point into one slab.
            let slab = rows.flatMap { $0.key + ($0.value ?? []) }
            let outcome: Result<Void, EngineError> = slab.withUnsafeBytes { slab in
                var offset = 0
                func next(_ count: Int) -> UnsafeRawBufferPointer {
                    defer { offset += count }
                    return UnsafeRawBufferPointer(rebasing: slab[offset..<offset + count])
                }
                let tableRows = rows.map { row in
                    TableRow(key: next(row.key.count), record: row.value.map { next($0.count) })
                }
                return Result { () throws(EngineError) in
                    try engine.writeTableFile(path, tableRows)
                }
            }
            try outcome.get()
        }
    }
}

extension EngineCall.Operation {
    fileprivate func add(to batch: any EngineBatch) {
        switch self {
        case .put(let family, let key, let value):
            key.withUnsafeBytes { key in value.withUnsafeBytes { batch.put(key, $0, in: family) } }
        case .delete(let family, let key): key.withUnsafeBytes { batch.delete($0, in: family) }
        case .deleteRange(let family, let lower, let upper):
            lower.withUnsafeBytes { lower in
                upper.withUnsafeBytes { batch.deleteRange(from: lower, upTo: $0, in: family) }
            }
        }
    }
}
