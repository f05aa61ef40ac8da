/// A deleted range of keys, `upper` not included. Hides older rows only.
struct ModelRange: Sendable {
    var lower: [UInt8]
    var upper: [UInt8]

    func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        lower.withUnsafeBytes { !key.isBefore($0) } && upper.withUnsafeBytes { key.isBefore($0) }
    }
}
