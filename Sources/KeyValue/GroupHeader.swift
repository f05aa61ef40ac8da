/// The header of a group: a command that carries several puts and deletes without conditions, which are applied
/// together or not at all. Layout, little-endian; size and kind are where every command has them (`CommandView`):
///
/// ```
/// offset  size
///      0     4  size of the whole command in bytes, this field included
///      4     1  kind, 3
///      5     1  flags: bit 3 oneRevision; the others 0
///      6    10  0
///     16     2  size of the extension in bytes
///     18     2  number of operations
///     20     4  size of the operations in bytes
///     24        extension (CommandExtension), operations back to back (OperationView)
/// ```
package struct GroupHeader: Hashable, Sendable {
    static let oneRevisionBit: UInt8 = 0b1000

    /// All operations share one revision; otherwise each has its own, in their order.
    package var hasOneRevision: Bool
    package var operationCount: Int
    package var operationsBytes: Int

    /// Preconditions: the group is not empty and within `KeyValueLimits`.
    package init(hasOneRevision: Bool, operationCount: Int, operationsBytes: Int) {
        precondition(operationCount > 0, "a group needs an operation")
        precondition(
            operationCount <= KeyValueLimits.groupOperationsMax,
            "a group of \(operationCount) operations passed the limit check")
        precondition(
            operationsBytes <= KeyValueLimits.groupBytesMax,
            "a group of \(operationsBytes) bytes passed the limit check")
        self.hasOneRevision = hasOneRevision
        self.operationCount = operationCount
        self.operationsBytes = operationsBytes
    }

    /// Size of the whole command with its operations.
    package var encodedBytes: Int { CommandView.headerBytes + operationsBytes }

    /// Writes the header, `CommandView.headerBytes` bytes, to the start of `target`. The caller writes the operations
    /// after it.
    package func encode(into target: UnsafeMutableRawBufferPointer) {
        target.storeLittleEndian(UInt32(encodedBytes), at: 0)
        target[4] = CommandKind.group.rawValue
        target[5] = hasOneRevision ? Self.oneRevisionBit : 0
        target.storeLittleEndian(UInt16(0), at: 6)
        target.storeLittleEndian(UInt64(0), at: 8)
        target.storeLittleEndian(UInt16(0), at: 16)
        target.storeLittleEndian(UInt16(operationCount), at: 18)
        target.storeLittleEndian(UInt32(operationsBytes), at: 20)
    }
}
