extension [UInt8] {
    /// `withUnsafeBytes` for bodies that throw a typed error or return a noncopyable value.
    func withRawBytes<Result: ~Copyable, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try span.bytes.withUnsafeBytes(body)
    }
}
