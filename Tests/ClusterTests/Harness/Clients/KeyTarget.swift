/// Keys in request targets.
enum KeyTarget {
    /// `/v1/kv/` and the key with every byte escaped that is not always allowed.
    static func v1(_ key: some Collection<UInt8>, query: String = "") -> String {
        "/v1/kv/" + escaped(key) + (query.isEmpty ? "" : "?" + query)
    }

    static func v1(_ key: String, query: String = "") -> String { v1(Array(key.utf8), query: query) }

    static func escaped(_ key: some Collection<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in key {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
