internal import RocksDB

/// A table file that RocksDB writes, seen through the port.
final class RocksDBTableFile: EngineTableFile {
    private var writer: TableFileWriter?

    init(_ writer: consuming TableFileWriter) { self.writer = consume writer }

    func put(_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) throws(EngineError) {
        try translating { () throws(RocksDBError) in try writer?.put(key, record) }
    }

    func finish() throws(EngineError) {
        try translating { () throws(RocksDBError) in
            guard let writer = writer.take() else { preconditionFailure("a table file is completed twice") }
            try writer.finish()
        }
    }
}
