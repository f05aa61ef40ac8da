import Foundation
import Testing

extension RealProcesses {
    @Suite("Keys and values", .serialized, .sharedCluster)
    struct KeysAndValuesTests {
        private let cluster: TestCluster

        init() throws { cluster = try #require(TestCluster.shared) }

        // MARK: Values

        @Test("Values of 0 bytes, 1 byte and 1 MiB written through any node are intact on every node")
        func sizes() throws {
            for size in [0, 1, 1 << 20] {
                for writer in cluster.nodes {
                    let key = "size/\(size)/\(writer.id)"
                    let value = Self.randomBytes(size)
                    let written = try writer.perform(HTTPRequest("PUT", KeyTarget.v1(key), body: value))
                    #expect(written.status == 200, "\(written.testDescription)")
                    for reader in cluster.nodes {
                        let response = try reader.read(key)
                        #expect(response.status == 200 && response.body == value, "\(key) at \(reader.id)")
                        #expect(response.header("ETag") == written.header("ETag"))
                        let head = try reader.perform(HTTPRequest("HEAD", KeyTarget.v1(key)))
                        #expect(head.status == 200 && head.header("Content-Length") == "\(size)" && head.body == [])
                    }
                }
            }
        }

        @Test("A body in chunks is the same value as one with its length stated")
        func chunks() throws {
            let connection = try cluster[1].connect()
            try connection.send(
                raw: "PUT /v1/kv/chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n")
            #expect(try connection.receive(answering: "PUT").status == 200)
            #expect(try connection.perform(HTTPRequest("GET", "/v1/kv/chunks")).text == "hello world")
        }

        @Test("A client that waits for 100 Continue gets it, and its value is stored")
        func expectContinue() throws {
            let connection = try cluster[0].connect()
            try connection.send(
                raw: "PUT /v1/kv/continue HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
            #expect(connection.socket.receive(atMost: interim.count) == .bytes(interim))
            try connection.send(raw: "hello")
            #expect(try connection.receive(answering: "PUT").status == 200)
            #expect(try connection.perform(HTTPRequest("GET", "/v1/kv/continue")).text == "hello")
        }

        @Test("A client of HTTP/1.0, and one that asks for it, see the connection end after the answer")
        func endOfConnection() throws {
            for request in [
                "GET /livez HTTP/1.0\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            ] {
                let connection = try cluster[0].connect()
                try connection.send(raw: request)
                #expect(try connection.receive().status == 200)
                #expect(connection.isEnded())
            }
        }

        @Test("A client that reads its answers late gets all of them: 24 values of 1 MiB, asked for at once")
        func lateReader() throws {
            let value = Self.randomBytes(1 << 20)
            #expect(try cluster[1].perform(HTTPRequest("PUT", KeyTarget.v1("late"), body: value)).status == 200)
            let connection = try cluster[1].connect()
            let requests = (0..<24).map { _ in HTTPRequest("GET", KeyTarget.v1("late")) }
            try connection.send(requests)
            pause(.milliseconds(300))
            for number in requests.indices {
                let response = try connection.receive()
                #expect(response.status == 200 && response.body == value, "answer \(number)")
            }
        }

        // MARK: Keys

        /// Keys that a careless server confuses with each other, or cannot store.
        private static let keys: [[UInt8]] = {
            let texts = [
                "a", "A", "a/b", "a%2Fb", "a%2fb", "a//b", "/a", "a/", "/", "//", ".", "..", "a/../b", "./a", "a/.",
                " ", "  ", " a", "a ", "a b", "a+b", "a%20b", "%", "%%", "%25", "a?b", "a#b", "a&b=c", "a;b", "a\\b",
                "\"", "'", "a\nb", "a\r\nb", "a\tb", "é", "e\u{301}", "日本語", "🚣", "null", "incr", "a/incr",
            ]
            let bytes: [[UInt8]] = [
                [0], [0, 0], [0x61, 0], [0, 0x61], [0xFF], [0xFE, 0xFF], [0xC3], [0xC3, 0x28], [0x80, 0x2F, 0x80],
                [0xEF, 0xBF, 0xBD], [0xED, 0xA0, 0x80], [0x7F], Array(0...255),
                [UInt8](repeating: 0x6B, count: 4_096), [UInt8](repeating: 0xFF, count: 4_096),
                [UInt8](repeating: 0x6B, count: 4_095) + [0x6C], [UInt8](repeating: 0x6B, count: 4_095),
            ]
            return texts.map { Array($0.utf8) } + bytes
        }()

        @Test("Keys with slashes, %2F, spaces, NUL and bytes that are not UTF-8, up to 4 KiB, are distinct and intact")
        func distinctKeys() throws {
            #expect(Set(Self.keys).count == Self.keys.count)
            for (number, key) in Self.keys.enumerated() {
                let node = cluster[number % 3]
                let response = try node.perform(
                    HTTPRequest("PUT", KeyTarget.v1(key), body: Array("value \(number)".utf8)))
                #expect(response.status == 200, "key \(number) \(KeyTarget.escaped(key.prefix(40)))")
            }
            for node in cluster.nodes {
                let connection = try node.connect()
                for (number, key) in Self.keys.enumerated() {
                    let response = try connection.perform(HTTPRequest("GET", KeyTarget.v1(key)))
                    #expect(response.text == "value \(number)", "\(KeyTarget.escaped(key.prefix(40))) at \(node.id)")
                }
            }
            try deleteAll()
        }

        /// Each delete finds its key and deletes no other one.
        private func deleteAll() throws {
            for (number, key) in Self.keys.enumerated() {
                let node = cluster[(number + 1) % 3]
                let deleted = try node.perform(HTTPRequest("DELETE", KeyTarget.v1(key)))
                #expect(deleted.json["deleted"] as? Int == 1, "\(KeyTarget.escaped(key.prefix(40)))")
                #expect(try node.get(KeyTarget.v1(key)).status == 404)
                guard number + 1 < Self.keys.count else { continue }
                #expect(try node.get(KeyTarget.v1(Self.keys[number + 1])).text == "value \(number + 1)")
            }
        }

        @Test("A character that a path may hold unescaped names the same key as its escaped form")
        func equalSpellings() throws {
            let spellings: [(written: String, read: String)] = [
                ("/v1/kv/tree/branch/leaf", "/v1/kv/tree%2Fbranch%2fleaf"),
                ("/v1/kv/x-._~!$&'()*+,;=:@y", KeyTarget.v1("x-._~!$&'()*+,;=:@y")),
                ("/v1/kv/%61%62%63", "/v1/kv/abc"),
                ("/v1/kv/dots/../x", "/v1/kv/dots%2F..%2Fx"),
            ]
            for (number, spelling) in spellings.enumerated() {
                #expect(
                    try cluster[0].perform(HTTPRequest("PUT", spelling.written, body: [UInt8(number)])).status == 200)
                #expect(try cluster[1].get(spelling.read).body == [UInt8(number)], "\(spelling)")
            }
        }

        @Test("Each route reads the values of the other: JSON text in /v1/kv, bytes as a string in /store")
        func bothRoutes() throws {
            #expect(try cluster[0].post("/store", json: #"{"key":"both","value":{"a":[1,2]}}"#).status == 200)
            #expect(try cluster[1].read("both").text == #"{"a":[1,2]}"#)
            #expect(try cluster[1].put("plain", "text").status == 200)
            let stored = try cluster[2].get("/store/plain?consistency=linearizable")
            #expect(stored.text == #"{"data":{"key":"plain","value":"text"},"message":"success fetching data"}"# + "\n")
        }

        private static func randomBytes(_ count: Int) -> [UInt8] {
            var generator = SystemRandomNumberGenerator()
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count + 8)
            while bytes.count < count {
                withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
            }
            return Array(bytes.prefix(count))
        }
    }
}
