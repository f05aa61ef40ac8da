/// Bytes from a disk or a peer that are not what they should be.
package struct CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without the offending bytes.
    package let description: String

    package init(_ description: String) { self.description = description }
}
