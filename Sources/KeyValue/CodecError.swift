/// Bytes from a disk or a peer cannot be decoded.
package struct CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without the offending bytes.
    package let description: String
    /// Nothing is wrong with the bytes as far as this release can tell: they have a kind, a flag or a field that it
    /// does not know.
    package let isOfLaterRelease: Bool

    package init(_ description: String, isOfLaterRelease: Bool = false) {
        self.description = description
        self.isOfLaterRelease = isOfLaterRelease
    }
}
