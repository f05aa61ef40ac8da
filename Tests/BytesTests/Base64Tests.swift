import Bytes
import Testing

@Suite("Base64")
struct Base64Tests {
    @Test(
        "It is that of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func rfc4648(plain: String, text: String) {
        #expect(Base64.encode(plain.utf8) == text)
        #expect(Base64.decode(text.utf8) == Array(plain.utf8))
    }

    @Test("Every byte value survives, at every place of a group")
    func roundTrip() {
        for padding in 0..<3 {
            let bytes = [UInt8](repeating: 0xA5, count: padding) + Array(UInt8.min...UInt8.max)

            #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
        }
    }

    @Test(
        "Other texts are not decoded: cut off, padded too much or in the middle, with foreign characters",
        arguments: ["Z", "Zg=", "Zg", "Z===", "====", "Zm9v!", "Zm9v-_==", "Zg==Zg==", "Zm=v", "Zg==\n", "Zg= ="])
    func refused(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test("Two texts never stand for the same bytes: the bits after the last byte are 0", arguments: ["Zh==", "Zm9="])
    func looseBits(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test("In memory of the caller it writes its own places and no others")
    func inPlace() {
        var text = [UInt8](repeating: UInt8(ascii: "."), count: 10)
        let size = text.withUnsafeMutableBytes { target in
            Array("foob".utf8).withUnsafeBytes { Base64.encode($0, into: target) }
        }
        #expect(size == Base64.encodedCount(4))
        #expect(String(decoding: text, as: UTF8.self) == "Zm9vYg==..")

        var bytes = [UInt8](repeating: UInt8(ascii: "."), count: 10)
        let count = bytes.withUnsafeMutableBytes { target in
            text[..<8].withUnsafeBytes { Base64.decode($0, into: target) }
        }
        #expect(count == 4)
        #expect(String(decoding: bytes, as: UTF8.self) == "foob......")
    }
}
