/// Bytes from a disk or a peer cannot be decoded.
package struct CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without the offending bytes.
    package let description: String

    package init(_ description: String) { self.description = description }
}
