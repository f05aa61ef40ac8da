import Bytes
import NIOCore
import Testing

@testable import PeerTransport

@Suite("Addresses, pauses and throttles")
struct TransportPartsTests {
    @Test("Addresses are host:port, with IPv6 in brackets")
    func addresses() throws {
        #expect(try PeerAddress(parsing: "node2:1112") == PeerAddress(host: "node2", port: 1112))
        #expect(try PeerAddress(parsing: "127.0.0.1:1") == PeerAddress(host: "127.0.0.1", port: 1))
        #expect(try PeerAddress(parsing: "[::1]:65535") == PeerAddress(host: "::1", port: 65535))
        #expect(try PeerAddress(parsing: "[::1]:1111").description == "[::1]:1111")
        for text in [
            "", "node2", "node2:", ":1111", "node2:0", "node2:65536", "::1:1111", "a b:1", "a/b:1", "x:-1", "x:+1",
            "0.0.0.0:1", "nöde:1", "http://x:1",
        ] {
            #expect(throws: TransportError.self, "\(text)") { try PeerAddress(parsing: text) }
        }
    }

    @Test("A bare port takes the host that was seen, a full address wins")
    func reachable() {
        #expect(PeerAddress.reachable(announced: ":1111", seenAt: "10.0.0.7") == "10.0.0.7:1111")
        #expect(PeerAddress.reachable(announced: ":1111", seenAt: "fe80::1") == "[fe80::1]:1111")
        #expect(PeerAddress.reachable(announced: "node1:1111", seenAt: "10.0.0.7") == "node1:1111")
        #expect(PeerAddress.reachable(announced: "", seenAt: "10.0.0.7") == "")
    }

    @Test("An IPv4 address seen through an IPv6 listener is written as IPv4")
    func mappedAddress() throws {
        #expect(try SocketAddress(ipAddress: "::ffff:10.0.0.7", port: 1).seenHost == "10.0.0.7")
        #expect(try SocketAddress(ipAddress: "::1", port: 1).seenHost == "::1")
    }

    @Test("The name of a peer cannot break a log line")
    func escaping() {
        #expect("node1".escapedForLog == "node1")
        #expect("a\nb\u{1B}[31m\"\\".escapedForLog == "a\\u{a}b\\u{1b}[31m\\u{22}\\u{5c}")
        #expect("ö".escapedForLog == "\\u{f6}")
        #expect("ö".escapedForLog.sentenceForLog == "\\u{f6}")
        let long = String(repeating: "x", count: TransportLimits.loggedCharactersMax + 1)
        #expect(long.escapedForLog.count == TransportLimits.loggedCharactersMax + 3)
    }

    @Test("Pauses double up to the longest, are drawn from the upper half, and start again")
    func pauses() {
        var generator = SplitMix64(seed: 3)
        var pause = DialPause(shortest: .milliseconds(20), longest: .seconds(1))
        for milliseconds: Int64 in [20, 40, 80, 160, 320, 640, 1_000, 1_000] {
            let drawn = pause.next(using: &generator)
            #expect(drawn >= .milliseconds(milliseconds / 2))
            #expect(drawn <= .milliseconds(milliseconds))
        }
        pause.reset()
        #expect(pause.next(using: &generator) <= .milliseconds(20))
    }

    @Test("The same reason is logged once per interval, with the number of those left out")
    func throttle() {
        var throttle = LogThrottle(interval: .seconds(60))
        let start = NIODeadline.uptimeNanoseconds(1)
        #expect(throttle.admit("a", now: start) == 0)
        #expect(throttle.admit("a", now: start + .seconds(1)) == nil)
        #expect(throttle.admit("a", now: start + .seconds(59)) == nil)
        #expect(throttle.admit("b", now: start + .seconds(59)) == 0)
        #expect(throttle.admit("a", now: start + .seconds(60)) == 2)
        #expect(throttle.admit("a", now: start + .seconds(61)) == nil)
    }

    @Test("The throttle remembers a bounded number of reasons")
    func throttleIsBounded() {
        var throttle = LogThrottle(interval: .seconds(60))
        let start = NIODeadline.uptimeNanoseconds(1)
        for number in 0...TransportLimits.throttledReasonsMax {
            #expect(throttle.admit("reason \(number)", now: start) == 0)
        }
        #expect(throttle.admit("reason 0", now: start) == 0)
        #expect(throttle.admit("reason \(TransportLimits.throttledReasonsMax)", now: start) == nil)
    }
}
