import Bytes
import Testing

@Suite("IP addresses")
struct IPAddressTests {
    @Test(
        "Spellings of one address are equal",
        arguments: [
            ["::1", "0:0:0:0:0:0:0:1", "0::1", "0000:0000::0001", "::0.0.0.1"],
            ["::", "0:0:0:0:0:0:0:0", "0::0", "0::", "::0.0.0.0"],
            ["10.0.0.7", "::ffff:10.0.0.7", "0:0:0:0:0:FFFF:a00:7"],
            ["2001:db8::a", "2001:DB8:0:0:0:0:0:A"],
            ["fe80::1%eth0", "fe80:0::1%eth0"],
        ])
    func spellings(texts: [String]) throws {
        let addresses = try texts.map { try #require(IPAddress(parsing: $0), "\($0)") }

        #expect(Set(addresses).count == 1)
    }

    @Test(
        "Other texts are no address",
        arguments: [
            "", "node1", "0", "0.0", "127.1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.-4", "1.2.3.4.",
            ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", "12345::", "g::", "+1::",
            "1.2.3.4::1", "::1%", "::1%a%b", "[::1]", "1:2:3:4:5:6:7:", "10.0.0.7%eth0",
        ])
    func none(text: String) {
        #expect(IPAddress(parsing: text) == nil)
    }

    @Test("Addresses of no machine and of many are known", arguments: ["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"])
    func unspecified(text: String) throws {
        #expect(try #require(IPAddress(parsing: text)).isUnspecified)
        for text in ["1.0.0.0", "::1", "fe80::"] { #expect(IPAddress(parsing: text)?.isUnspecified == false) }
        for text in ["224.0.0.1", "239.9.9.9", "255.255.255.255", "ff02::1"] {
            #expect(IPAddress(parsing: text)?.isOfMany == true)
        }
        for text in ["223.255.255.255", "255.255.255.254", "fe80::1"] {
            #expect(IPAddress(parsing: text)?.isOfMany == false)
        }
    }
}
