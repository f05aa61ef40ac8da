internal import Bytes

/// The first 36 bytes of a value in a verified run, as hexadecimal digits: the run, key and write that it belongs to,
/// and its length. The bytes after the mark are determined by key and sequence number, so that each can be checked.
struct ValueMark: Equatable {
    /// A multiple of three, so that base64 text can be split after it.
    static let byteCount = 36

    /// 40 bits, random per run: a value from before the run is recognized.
    var run: UInt64
    /// 40 bits.
    var key: UInt64
    /// Counts the writes of this key from 1.
    var sequence: UInt32
    /// Length of the whole value.
    var valueBytes: UInt32

    init(run: UInt64, key: UInt64, sequence: UInt32, valueBytes: UInt32) {
        self.run = run
        self.key = key
        self.sequence = sequence
        self.valueBytes = valueBytes
    }

    /// The place of the rest of the value in the pool.
    var place: Int {
        Int(SplitMix64.scramble(key ^ (UInt64(sequence) << 40)) % UInt64(ValuePool.placeCount))
    }

    /// `bytes` has room for the mark.
    func write(to bytes: UnsafeMutableRawPointer) {
        Self.writeHex(run, digits: 10, to: bytes)
        Self.writeHex(key, digits: 10, to: bytes + 10)
        Self.writeHex(UInt64(sequence), digits: 8, to: bytes + 20)
        Self.writeHex(UInt64(valueBytes), digits: 8, to: bytes + 28)
    }

    /// Nil if the value does not begin with a mark.
    init?(_ value: UnsafeRawBufferPointer) {
        guard value.count >= Self.byteCount, let run = Self.hex(value[0..<10]), let key = Self.hex(value[10..<20]),
            let sequence = Self.hex(value[20..<28]), let valueBytes = Self.hex(value[28..<36])
        else { return nil }
        self.init(run: run, key: key, sequence: UInt32(sequence), valueBytes: UInt32(valueBytes))
    }

    private static func writeHex(_ value: UInt64, digits: Int, to bytes: UnsafeMutableRawPointer) {
        for position in 0..<digits {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(4 * (digits - 1 - position))) & 15
            let character = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
            bytes.storeBytes(of: character, toByteOffset: position, as: UInt8.self)
        }
    }

    private static func hex(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
