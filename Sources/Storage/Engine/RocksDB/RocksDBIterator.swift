internal import RocksDB

/// An iterator of RocksDB, seen through the port.
final class RocksDBIterator: EngineIterator {
    private var iterator: Iterator

    init(_ iterator: consuming Iterator) { self.iterator = iterator }

    var isValid: Bool { iterator.isValid }

    var key: UnsafeRawBufferPointer { iterator.key }

    var value: UnsafeRawBufferPointer { iterator.value }

    func seekToFirst() { iterator.seekToFirst() }

    func seekToLast() { iterator.seekToLast() }

    func seek(to key: UnsafeRawBufferPointer) { iterator.seek(to: key) }

    func next() { iterator.next() }

    func checkStatus() throws(EngineError) {
        try translating { () throws(RocksDBError) in try iterator.checkStatus() }
    }
}
