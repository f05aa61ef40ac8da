extension UnsafeRawBufferPointer {
    /// The start of the bytes for the C API: never nil, because some of its functions assert that.
    var cCharacters: UnsafePointer<CChar> {
        guard let baseAddress else {
            // A nonnull address for zero bytes, which nobody reads.
            return UnsafePointer(bitPattern: 1)!
        }
        return baseAddress.assumingMemoryBound(to: CChar.self)
    }
}
