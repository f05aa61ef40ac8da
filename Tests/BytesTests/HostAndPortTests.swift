import Bytes
import Testing

@Suite("Host and port")
struct HostAndPortTests {
    @Test(
        "A name, an IPv4 address or an IPv6 address in brackets has a port after it",
        arguments: [
            ("node2:1112", "node2", 1112), ("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:65535", "::1", 65_535),
            ("my_node-2.example.com.:7", "my_node-2.example.com.", 7), ("0.0.0.0:0007", "0.0.0.0", 7),
            ("[::]:1", "::", 1), ("7.example:1", "7.example", 1), ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
        ])
    func parsed(text: String, host: String, port: Int) throws {
        #expect(try HostAndPort(parsing: text) == HostAndPort(host: host, port: port))
    }

    @Test(
        "A mistake says what is missing or wrong",
        arguments: [
            ("", .noPort), ("node1", .noPort), ("[::1]", .noPort), ("node1:", .invalidPort), ("node1:0", .invalidPort),
            ("node1:65536", .invalidPort), ("node1:+5", .invalidPort), ("node1:http", .invalidPort),
            ("::1:1111", .noBrackets), ("2001:db8::1", .noBrackets), ("[::1:5", .noBrackets), (":1111", .noHost),
            ("[]:1111", .noHost), ("[node2]:1112", .needlessBrackets), ("[10.0.0.7]:1", .needlessBrackets),
            ("http://node1:1111", .scheme), ("tcp://1.2.3.4:5", .scheme), ("node1:1111/", .path), ("a/b:1", .path),
            ("node1: 5", .whitespace), ("a b:1", .whitespace), ("node1:1111\r", .whitespace),
            ("node1:1\r\nX: y", .whitespace), ("\u{A0}a:1", .whitespace), ("nöde:1", .invalidHost),
            ("a@b:1", .userInformation), ("u:p@b:1", .userInformation), ("a,b:1", .several), ("a:1,b:2", .several),
            ("b:80?x", .query), ("b:80#x", .query), ("-x:1", .invalidHost), ("a.b-:1", .invalidHost),
            ("a..b:1", .invalidHost), (".:1", .invalidHost),
            ("a\u{0}:1", .invalidHost), ("a%b:1", .invalidHost), ("a:1:2", .invalidIPv6),
            ("[1:2]:3", .invalidIPv6), ("0:1", .invalidIPv4), ("0.0:1", .invalidIPv4), ("0x0:1", .invalidIPv4),
            ("00.0.0.0:1", .invalidIPv4), ("127.1:1", .invalidIPv4), ("2130706433:1", .invalidIPv4),
            ("1.2.3.4.:1", .invalidIPv4), ("1.2.3.456:1", .invalidIPv4), ("*:1", .allInterfaces),
        ] as [(String, HostAndPort.Mistake)])
    func refused(text: String, mistake: HostAndPort.Mistake) {
        #expect(throws: mistake) { try HostAndPort(parsing: text) }
        #expect(throws: mistake) { try HostAndPort(reachable: text) }
    }

    @Test("A host is as long as a name can be")
    func lengths() throws {
        let label = String(repeating: "a", count: 63)
        let longest = "\(label).\(label).\(label).\(label.dropLast(2))"
        #expect(try HostAndPort(parsing: longest + ":1").host == longest)
        #expect(throws: HostAndPort.Mistake.invalidHost) { try HostAndPort(parsing: longest + "a:1") }
        #expect(throws: HostAndPort.Mistake.invalidHost) { try HostAndPort(parsing: label + "a:1") }
    }

    @Test(
        "Nobody connects to all interfaces, whatever they are called, to many machines, or to a link without its name",
        arguments: [
            ("0.0.0.0:1", .allInterfaces), ("[::]:1", .allInterfaces), ("[0:0:0:0:0:0:0:0]:1", .allInterfaces),
            ("[::0]:1", .allInterfaces), ("[::ffff:0.0.0.0]:1", .allInterfaces), ("[::%eth0]:1", .allInterfaces),
            ("0.0.0.1:1", .allInterfaces), ("255.255.255.255:1", .ofMany), ("224.0.0.1:1", .ofMany),
            ("[ff02::1]:1", .ofMany), ("[fe80::1]:1", .noZone), ("[febf::1]:1", .noZone),
        ] as [(String, HostAndPort.Mistake)])
    func unreachable(text: String, mistake: HostAndPort.Mistake) {
        #expect(throws: mistake) { try HostAndPort(reachable: text) }
        #expect(throws: mistake) { try HostAndPort(reachableHTTP: "http://" + text) }
    }

    @Test("An HTTP address may be a URL without a path")
    func http() throws {
        for text in ["a:1", "http://a:1", "HTTP://a:1/"] {
            #expect(try HostAndPort(reachableHTTP: text).description == "a:1")
        }
        for (text, mistake) in [
            ("https://a:1", .https), ("http://a:1/x", .path), ("http://http://a:1", .scheme), ("http://", .noPort),
            ("a:1/", .path), ("not an address\r\nX: y", .whitespace),
        ] as [(String, HostAndPort.Mistake)] {
            #expect(throws: mistake, "\(text)") { try HostAndPort(reachableHTTP: text) }
        }
    }

    @Test("It is written as it is read, an IPv6 address in brackets")
    func written() throws {
        #expect(HostAndPort(host: "node2", port: 1112).description == "node2:1112")
        #expect(HostAndPort(host: "::1", port: 0).description == "[::1]:0")
        #expect(HostAndPort.bracketed("::1") == "[::1]")
        #expect(HostAndPort.bracketed("node2") == "node2")
    }

    @Test("Spellings of one listener are recognised, and different ones are not mixed up")
    func sameListener() throws {
        for same in [
            ["localhost:1", "127.0.0.1:1", "[::1]:1", "LOCALHOST:01", "localhost.:1", "[::ffff:127.0.0.1]:1"],
            ["Node1.example:2", "node1.EXAMPLE.:2"], ["[2001:db8::1]:3", "[2001:DB8:0::1]:3"],
        ] {
            let first = try HostAndPort(parsing: same[0])
            for text in same { #expect(first.leadsToSameListener(as: try HostAndPort(parsing: text)), "\(text)") }
        }
        #expect(HostAndPort.leadToSameListener("localhost:1", "127.0.0.1:1"))
        #expect(!HostAndPort.leadToSameListener("localhost:1", "127.0.0.1:2"))
        #expect(!HostAndPort.leadToSameListener("", ""))
        let first = try HostAndPort(parsing: "127.0.0.1:1")
        for text in ["127.0.0.1:2", "127.0.0.2:1", "node1:1", "[::2]:1"] {
            #expect(!first.leadsToSameListener(as: try HostAndPort(parsing: text)), "\(text)")
        }
    }

    @Test("Each mistake has its own sentence")
    func reasons() {
        let all: [HostAndPort.Mistake] = [
            .noPort, .invalidPort, .noBrackets, .needlessBrackets, .noHost, .invalidHost, .invalidIPv4, .invalidIPv6,
            .scheme, .https, .path, .whitespace, .userInformation, .query, .several, .allInterfaces, .ofMany, .noZone,
        ]
        #expect(Set(all.map(\.reason)).count == all.count)
    }
}
