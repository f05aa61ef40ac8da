/// Sets of ASCII characters, one bit for each: those below 64 in one number, the others in a second one.
///
/// Literals, because a constant that has to be computed is looked up anew at every byte of a head.
enum CharacterBits {
    /// RFC 9110, 5.6.2: "any VCHAR, except delimiters".
    static func isToken(_ byte: UInt8) -> Bool { contains(byte, below64: tokensBelow64, from64: tokensFrom64) }

    /// RFC 3986, 2.2 and 2.3: `unreserved` and `sub-delims`, the characters of a registered name.
    static func isOfName(_ byte: UInt8) -> Bool { contains(byte, below64: namesBelow64, from64: namesFrom64) }

    private static func contains(_ byte: UInt8, below64: UInt64, from64: UInt64) -> Bool {
        let set = byte < 64 ? below64 : byte < 128 ? from64 : 0
        return set >> UInt64(byte & 63) & 1 == 1
    }

    // !#$%&'*+-. and digits
    private static let tokensBelow64: UInt64 = 0x03FF_6CFA_0000_0000
    // Letters and ^_`|~
    private static let tokensFrom64: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    // !$&'()*+,-.;= and digits
    private static let namesBelow64: UInt64 = 0x2BFF_7FD2_0000_0000
    // Letters and _~
    private static let namesFrom64: UInt64 = 0x47FF_FFFE_87FF_FFFE
}
