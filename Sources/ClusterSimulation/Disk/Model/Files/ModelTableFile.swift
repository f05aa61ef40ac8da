internal import Storage

/// A table file of the model that is being written. It reaches the disk as a whole, when it is complete. One thread.
final class ModelTableFile: EngineTableFile {
    private let path: String
    private let database: ModelDatabase
    private var rows: [ModelRow] = []

    init(_ path: String, of database: ModelDatabase) {
        self.path = path
        self.database = database
    }

    func put(_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) throws(EngineError) {
        if let last = rows.last {
            precondition(last.key.withUnsafeBytes { $0.isBefore(key) }, "the keys of a table file do not ascend")
        }
        rows.append(ModelRow(key: Array(key), value: Array(record)))
    }

    func finish() throws(EngineError) {
        precondition(!rows.isEmpty, "a table file without rows")
        try database.writeTableFile(path, rows)
    }
}
