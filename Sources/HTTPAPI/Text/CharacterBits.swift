/// Sets of ASCII characters, as the bits of two numbers that are known when the process starts.
enum CharacterBits {
    /// One bit for each of `characters`, the lowest for `first`. They lie within 64 of it.
    static func of(_ characters: StaticString, from first: UInt8) -> UInt64 {
        characters.withUTF8Buffer { $0.reduce(0) { $0 | 1 << UInt64($1 - first) } }
    }

    private static let tokensBelow64 = of("!#$%&'*+-.0123456789", from: 0)
    private static let tokensFrom64 = of("ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~", from: 64)

    /// RFC 9110, 5.6.2: "any VCHAR, except delimiters".
    static func isToken(_ byte: UInt8) -> Bool {
        let set = byte < 64 ? tokensBelow64 : byte < 128 ? tokensFrom64 : 0
        return set >> UInt64(byte & 63) & 1 == 1
    }
}
