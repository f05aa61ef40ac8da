/// Limits on user data. One byte more than any of them is refused before a command is made.
package enum KeyValueLimits {
    package static let keyBytesMax = 4 * 1024
    package static let valueBytesMax = 1024 * 1024
    package static let contentTypeBytesMax = 255
    /// Operations of one group.
    package static let groupOperationsMax = 10_000
    /// Size of the encoded operations of one group. One operation with the largest key and value still fits, and a
    /// group is never larger than the largest put.
    package static let groupBytesMax = OperationView.headerBytes + keyBytesMax + valueBytesMax
}
