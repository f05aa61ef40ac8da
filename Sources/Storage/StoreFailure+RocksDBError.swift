internal import HotPath
internal import KeyValue
internal import RocksDB

extension StoreFailure {
    init(_ operation: String, _ error: RocksDBError) { self.init(operation: operation, message: error.description) }
}

extension Iterator {
    /// Makes an iterator; an error is a failure of `operation`.
    init(
        over family: ColumnFamily, of database: Database, _ options: consuming ReadOptions, for operation: String
    ) throws(StoreFailure) {
        do throws(RocksDBError) {
            self = try Iterator(over: family, of: database, options)
        } catch {
            throw StoreFailure(operation, error)
        }
    }

    func checkStatus(for operation: String) throws(StoreFailure) {
        do throws(RocksDBError) {
            try checkStatus()
        } catch {
            throw StoreFailure(operation, error)
        }
    }
}

extension Database {
    /// The decoded record under `key`, or nil if there is none.
    func record<Record>(
        forKey key: UnsafeRawBufferPointer, named name: @autoclosure () -> String, in family: ColumnFamily,
        _ options: borrowing ReadOptions, _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) throws(StoreFailure) -> Record? {
        let outcome: Result<Record?, CodecError>
        do throws(RocksDBError) {
            outcome = try withValue(forKey: key, in: family, options) { record in
                Result { () throws(CodecError) in
                    guard let record else { return nil }
                    return try decode(record)
                }
            }
        } catch {
            throw StoreFailure("read the record \(name())", error)
        }
        switch outcome {
        case .success(let record): return record
        case .failure(let error):
            throw StoreFailure(operation: "read the record \(name())", message: error.description)
        }
    }

    func record<Record>(
        forKey key: [UInt8], named name: @autoclosure () -> String, in family: ColumnFamily,
        _ options: borrowing ReadOptions, _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) throws(StoreFailure) -> Record? {
        try key.withRawBytes { key throws(StoreFailure) in
            try record(forKey: key, named: name(), in: family, options, decode)
        }
    }
}
