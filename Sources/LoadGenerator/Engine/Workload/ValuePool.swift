/// Bytes from which values are cut, made once and shared by all event loops: a value is a piece at a random place, so
/// that a request costs a copy and no computation. Values do not compress, and they hardly repeat each other: of about
/// 3,000 pairs of pieces of 256 bytes, one overlaps.
struct ValuePool: Sendable {
    /// Places at which a value may start; each is three bytes, the unit of base64, from the next.
    static let placeCount = 1 << 19
    /// 64 characters without a special meaning in JSON, URLs and Go's HTML escaping: six random bits each.
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private let raw: [UInt8]
    /// Like `raw`, but made of `alphabet` only; the same as `raw` if all values are sent as text.
    private let printable: [UInt8]

    /// `longest` is the size of the longest value that will be requested, in bytes.
    init(seed: UInt64, longest: Int) {
        var random = RandomSource(seed: seed, stream: .max)
        let byteCount = (3 * Self.placeCount + longest + 10) & ~7
        raw = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            let words = UnsafeMutableRawBufferPointer(buffer)
            for offset in stride(from: 0, to: byteCount, by: 8) {
                words.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
            }
            count = byteCount
        }
        printable = raw.map { Self.alphabet[Int($0 & 63)] }
    }

    /// `place` is in `0..<placeCount`.
    func withValue<Result>(
        place: Int, count: Int, printable isPrintable: Bool, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let pool = isPrintable ? printable : raw
        let start = 3 * place
        precondition(start + count <= pool.count, "a value of \(count) bytes is longer than the pool was made for")
        return pool.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)])) }
    }
}
