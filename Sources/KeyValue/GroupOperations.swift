/// The operations of a group in order, checked once and viewed in place.
package struct GroupOperations: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer
    /// The number of operations of the whole group.
    package let count: Int

    /// Checks that `bytes` hold `count` well-formed operations and nothing else.
    init(checking bytes: UnsafeRawBufferPointer, count: Int) throws(CodecError) {
        var unread = bytes
        for _ in 0..<count {
            let operation = try OperationView(decoding: unread)
            unread = UnsafeRawBufferPointer(rebasing: unread[operation.encodedBytes...])
        }
        guard unread.isEmpty else { throw CodecError("a group has bytes behind its last operation") }
        rest = bytes
        self.count = count
    }

    package mutating func next() -> OperationView? {
        if rest.isEmpty { return nil }
        do throws(CodecError) {
            let operation = try OperationView(decoding: rest)
            rest = UnsafeRawBufferPointer(rebasing: rest[operation.encodedBytes...])
            return operation
        } catch {
            preconditionFailure("a group that was checked is unreadable: \(error)")
        }
    }
}
