@testable import Storage

/// The family of a test that reads tables in memory only.
final class AbsentFamily: EngineFamily {
    let name = StoreFamily.keyValue

    private let error = EngineError(operation: "use a family", kind: .other, message: "the test has no database")

    func withValue(
        forKey key: UnsafeRawBufferPointer, onlyInMemory: Bool, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) { throw error }

    func makeIterator(
        from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?, at snapshot: (any EngineSnapshot)?
    ) throws(EngineError) -> any EngineIterator { throw error }

    func number(_ property: EngineProperty) throws(EngineError) -> UInt64 { throw error }

    func flush() throws(EngineError) { throw error }

    func removeFiles(through key: UnsafeRawBufferPointer) throws(EngineError) { throw error }

    func ingest(_ paths: [String]) throws(EngineError) { throw error }
}
