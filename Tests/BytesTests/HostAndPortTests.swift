import Bytes
import Testing

@Suite("Host and port")
struct HostAndPortTests {
    @Test(
        "A name, an IPv4 address or an IPv6 address in brackets has a port after it",
        arguments: [
            ("node2:1112", "node2", 1112), ("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:65535", "::1", 65_535),
            ("[node2]:1112", "node2", 1112), ("*:1", "*", 1), ("a b:0007", "a b", 7),
        ])
    func parsed(text: String, host: String, port: Int) throws {
        #expect(try HostAndPort(parsing: text) == HostAndPort(host: host, port: port))
    }

    @Test(
        "A mistake says what is missing or wrong",
        arguments: [
            ("", .noPort), ("node1", .noPort), ("node1:", .invalidPort), ("node1:0", .invalidPort),
            ("node1:65536", .invalidPort), ("node1:+5", .invalidPort), ("node1:http", .invalidPort),
            ("node1: 5", .invalidPort), ("[::1]", .invalidPort), ("::1:1111", .noBrackets), ("[::1:5", .noBrackets),
            (":1111", .noHost), ("[]:1111", .noHost),
        ] as [(String, HostAndPort.Mistake)])
    func refused(text: String, mistake: HostAndPort.Mistake) {
        #expect(throws: mistake) { try HostAndPort(parsing: text) }
    }

    @Test("It is written as it is read, an IPv6 address in brackets")
    func written() throws {
        #expect(HostAndPort(host: "node2", port: 1112).description == "node2:1112")
        #expect(HostAndPort(host: "::1", port: 0).description == "[::1]:0")
        #expect(HostAndPort.bracketed("::1") == "[::1]")
        #expect(HostAndPort.bracketed("node2") == "node2")
    }
}
