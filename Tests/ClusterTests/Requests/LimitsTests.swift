import Foundation
import Testing

extension RealProcesses {
    @Suite("Limits and broken requests", .serialized, .sharedCluster)
    struct LimitsTests {
        private let cluster: TestCluster

        init() throws { cluster = try #require(TestCluster.shared) }

        // MARK: One byte over

        @Test("A key of one byte more than 4 KiB is refused with 400, and the connection is usable")
        func longKey() throws {
            let key = [UInt8](repeating: 0x6B, count: 4_097)
            for method in ["GET", "HEAD", "PUT", "DELETE"] {
                let connection = try cluster[1].connect()
                let body: [UInt8]? = method == "PUT" ? [1] : nil
                let refused = try connection.perform(HTTPRequest(method, KeyTarget.v1(key), body: body))
                #expect(refused.status == 400, "\(method): \(refused.testDescription)")
                if method != "HEAD" { expectError(refused, "invalid_argument") }
                try expectUsable(connection)
            }
            let connection = try cluster[1].connect()
            let refused = try connection.perform(
                HTTPRequest(target: "/store", json: #"{"key":"\#(String(decoding: key, as: UTF8.self))","value":1}"#))
            #expect([400, 422].contains(refused.status), "\(refused.testDescription)")
            try expectUsable(connection)
        }

        @Test("A value of one byte more than 1 MiB is refused with 413 and its limit, and the connection is usable")
        func largeValue() throws {
            let value = [UInt8](repeating: 0x76, count: 1 << 20) + [0x76]
            for node in cluster.nodes {
                let connection = try node.connect()
                let refused = try connection.perform(HTTPRequest("PUT", KeyTarget.v1("large"), body: value))
                #expect(refused.status == 413, "\(refused.testDescription)")
                expectError(refused, "value_too_large")
                #expect(refused.json["limit"] as? Int == 1 << 20)
                try expectUsable(connection)

                let text = String(repeating: "v", count: (1 << 20) - 1)
                let legacy = try connection.perform(
                    HTTPRequest(target: "/store", json: #"{"key":"large","value":"\#(text)"}"#))
                #expect(legacy.status == 413, "\(legacy.testDescription)")
                try expectUsable(connection)
            }
            #expect(try cluster[0].read("large").status == 404)
        }

        @Test("A value of 1 MiB and 1 byte in chunks is refused with 413, and the connection is usable")
        func largeChunks() throws {
            let connection = try cluster[0].connect()
            try connection.send(raw: "PUT /v1/kv/chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            try connection.send(raw: "100000\r\n" + String(repeating: "v", count: 1 << 20) + "\r\n1\r\nv\r\n0\r\n\r\n")
            #expect(try connection.receive(answering: "PUT").status == 413)
            try expectUsable(connection)
            #expect(try cluster[0].read("chunked").status == 404)
        }

        @Test("A body of more than 16 MiB is refused with 413 before it is sent")
        func hugeBody() throws {
            for length in ["16777217", "9223372036854775807"] {
                let connection = try cluster[0].connect()
                try connection.send(raw: "PUT /v1/kv/huge HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
                let refused = try connection.receive(answering: "PUT")
                #expect(refused.status == 413, "\(refused.testDescription)")
                #expect(refused.endsConnection)
            }
            try expectAlive()
        }

        @Test("A header block of more than 16 KiB is refused with 431")
        func longHeader() throws {
            let fields = [
                String(repeating: "x", count: 17 << 10),
                String(repeating: "y", count: 40)
                    + String(repeating: "\r\nX-Field: 0123456789012345678901234567890", count: 500),
            ]
            for field in fields {
                let connection = try cluster[0].connect()
                try connection.send(raw: "PUT /v1/kv/header HTTP/1.1\r\nHost: x\r\nX-Long: \(field)\r\n")
                try connection.send(raw: "Content-Length: 1\r\n\r\nv")
                let refused = try connection.receive(answering: "PUT")
                #expect(refused.status == 431, "\(refused.testDescription)")
                expectError(refused, "header_too_large")
            }
            let connection = try cluster[0].connect()
            try connection.send(HTTPRequest("GET", "/" + String(repeating: "p", count: 17 << 10)))
            let refused = try connection.receive()
            #expect([414, 431].contains(refused.status), "\(refused.testDescription)")
            #expect(try cluster[0].read("header").status == 404)
        }

        // MARK: Broken requests

        @Test("Broken JSON is answered with raft-sample's 422 on its routes, and nothing is stored")
        func brokenJSON() throws {
            let bodies = [
                "{", #"{"key""#, #"{"key":"broken","value":"#, #"{"key":"broken","value":1}}"#,
                #"{"key":"broken","value":1]"#, #"{"key":7,"value":1}"#, "[]", "7", "\"text\"", "{'key':'broken'}",
                #"{"key":"broken","value":01}"#, #"{"key":"broken","value":nul}"#, "\u{0}", "{\"key\":\"bro\nken\"}",
                String(repeating: "[", count: 100_000),
            ]
            for target in ["/store", "/raft/join", "/raft/remove"] {
                for body in bodies {
                    let connection = try cluster[1].connect()
                    let refused = try connection.perform(HTTPRequest(target: target, json: body))
                    #expect(
                        refused.status == 422 || refused.status == 413, "\(body.prefix(40)): \(refused.testDescription)"
                    )
                    #expect(refused.error?.isEmpty == false)
                    try expectUsable(connection)
                }
            }
            #expect(try cluster[1].read("broken").status == 404)
        }

        @Test("Unknown routes are answered with 404, wrong methods with 405 and Allow, on a connection that stays open")
        func routesAndMethods() throws {
            let connection = try cluster[2].connect()
            for target in ["/nothing", "/storex", "/v1", "/v1/", "/v2/kv/a", "/raft", "/raft/", "/raft/joins", "/kv/a"]
            {
                let response = try connection.perform(HTTPRequest("GET", target))
                #expect(response.status == 404, "\(target): \(response.testDescription)")
                #expect(response.json["message"] as? String == "Not Found")
            }
            for (method, target) in [
                ("PUT", "/store"), ("GET", "/store"), ("POST", "/store/key"), ("POST", "/v1/kv/key"),
                ("GET", "/raft/join"), ("DELETE", "/raft/stats"), ("POST", "/livez"), ("PATCH", "/v1/kv/key"),
            ] {
                let response = try connection.perform(HTTPRequest(method, target, body: [1]))
                #expect(response.status == 405, "\(method) \(target): \(response.testDescription)")
                #expect(response.header("Allow")?.isEmpty == false)
            }
            try expectUsable(connection)
        }

        @Test("Wrong parameters and escapes of /v1 are answered with 400, and nothing is stored")
        func wrongParameters() throws {
            let connection = try cluster[0].connect()
            for (target, code) in [
                ("/v1/kv/wrong?consistensy=stale", "unknown_parameter"), ("/v1/kv/wrong?cas=x", "invalid_argument"),
                ("/v1/kv/wrong?cas=-1", "invalid_argument"), ("/v1/kv/wrong?cas=", "invalid_argument"),
                ("/v1/kv/wrong?cas=18446744073709551616", "invalid_argument"), ("/v1/kv/%zz", "invalid_argument"),
                ("/v1/kv/%4", "invalid_argument"), ("/v1/kv/", "invalid_argument"),
                ("/v1/kv/wrong?timeout=soon", "invalid_argument"), ("/v1/kv/wrong?cas=1&cas=2", "invalid_argument"),
            ] {
                let response = try connection.perform(HTTPRequest("PUT", target, body: [1]))
                #expect(response.status == 400, "\(target): \(response.testDescription)")
                expectError(response, code)
            }
            #expect(try connection.perform(HTTPRequest("GET", "/v1/kv/wrong?consistency=much")).status == 400)
            #expect(try cluster[0].read("wrong").status == 404)
        }

        @Test("Requests whose end is ambiguous, or that are not HTTP, are refused, and bytes after them are ignored")
        func ambiguousRequests() throws {
            let smuggled = "PUT /v1/kv/smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nv"
            let start = "PUT /v1/kv/ambiguous HTTP/1.1\r\nHost: x\r\n"
            let tooLarge = start + "Content-Length: 99999999999999999999\r\n\r\nv"
            for request in [
                tooLarge,
                start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nv",
                start + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nv",
                start + "Content-Length: 1, 2\r\n\r\nv",
                start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                start + "Content-Length: -1\r\n\r\nv",
                start + "Content-Length: 0x1\r\n\r\nv",
                start + "Transfer-Encoding: chunked\r\n\r\nzz\r\nv\r\n0\r\n\r\n",
                "PUT  /v1/kv/ambiguous HTTP/9.9\r\n\r\n",
                "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\r\n\r\n",
                "SKIFFP\u{1}\u{0}\r\n\r\n",
            ] {
                let connection = try cluster[0].connect()
                try connection.send(raw: request + smuggled)
                let refused = try connection.receive(answering: "PUT")
                let status = request == tooLarge ? 413 : 400
                #expect(refused.status == status, "\(request.debugDescription): \(refused.testDescription)")
                #expect(refused.endsConnection)
                #expect(connection.isEnded())
            }
            #expect(try cluster[0].read("ambiguous").status == 404)
            #expect(try cluster[0].read("smuggled").status == 404)
        }

        @Test("An aborted body stores nothing, however the client leaves")
        func abortedBody() throws {
            let starts = [
                "PUT /v1/kv/aborted HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
                "PUT /v1/kv/aborted HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
            ]
            for node in cluster.nodes {
                for start in starts {
                    for way in 0..<3 {
                        let connection = try node.connect()
                        try connection.send(raw: start + String(repeating: "v", count: 999))
                        if way == 0 { connection.socket.resetAtEnd() }
                        if way == 1 {
                            connection.socket.endSending()
                            _ = connection.socket.receiveUntilEnd()
                        }
                    }
                }
            }
            try expectAlive()
            for node in cluster.nodes { #expect(try node.read("aborted").status == 404) }
        }

        @Test("Pipelined requests are answered in their order, whatever each of them is")
        func pipelining() throws {
            let connection = try cluster[1].connect()
            let requests = (0..<100).map { number in
                switch number % 5 {
                case 0: HTTPRequest("PUT", KeyTarget.v1("pipe/\(number)"), body: Array("\(number)".utf8))
                case 1: HTTPRequest("GET", KeyTarget.v1("pipe/absent/\(number)"))
                case 2: HTTPRequest(target: "/store", json: #"{"key":"pipe/\#(number)","value":\#(number)}"#)
                case 3: HTTPRequest("PUT", "/v1/kv/", body: [1])
                default: HTTPRequest("GET", "/store/pipe/nothing/\(number)")
                }
            }
            let responses = try connection.perform(pipelined: requests)
            for (number, response) in responses.enumerated() {
                let (status, text) =
                    switch number % 5 {
                    case 0: (200, #"{"key":"pipe/\#(number)","revision":"#)
                    case 1: (404, #"{"error":"#)
                    case 2: (200, #"{"data":{"key":"pipe/\#(number)","value":\#(number)}"#)
                    case 3: (400, #"{"error":"#)
                    default: (422, #"{"error":"error getting key pipe/nothing/\#(number) from storage"#)
                    }
                #expect(
                    response.status == status && response.text.hasPrefix(text), "\(number): \(response.testDescription)"
                )
            }
        }

        @Test("More pipelined writes than a connection may have open are all carried out, in order")
        func deepPipeline() throws {
            let connection = try cluster[2].connect()
            let requests = (0..<1_000).map { HTTPRequest("PUT", KeyTarget.v1("deep"), body: Array("\($0)".utf8)) }
            let responses = try connection.perform(pipelined: requests)
            #expect(responses.allSatisfy { $0.status == 200 })
            let revisions = responses.compactMap(\.revision)
            #expect(revisions.count == 1_000 && zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 })
            #expect(try cluster[0].read("deep").text == "999")
        }

        @Test("Random bytes on the HTTP port never end a node")
        func randomBytes() throws {
            let ports = cluster.nodes.map(\.httpPort)
            _ = try onThreads(3) { number in
                var generator = SystemRandomNumberGenerator()
                for round in 0..<40 {
                    let socket = try Socket(port: ports[number], timeout: .seconds(5))
                    var bytes = (0..<Int.random(in: 1...400)).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    if round % 2 == 0 { bytes = Array("PUT /v1/kv/random HTTP/1.1\r\n".utf8) + bytes }
                    try socket.send(bytes)
                    socket.endSending()
                    _ = socket.receiveUntilEnd()
                }
            }
            try expectAlive()
            try cluster.expectToWork("after-random-bytes")
        }

        // MARK: Checks

        private func expectError(
            _ response: HTTPResponse, _ code: String, at location: SourceLocation = #_sourceLocation
        ) {
            #expect(response.code == code, "\(response.testDescription)", sourceLocation: location)
            #expect(response.error?.isEmpty == false, sourceLocation: location)
            #expect(response.applied == "no", sourceLocation: location)
        }

        private func expectUsable(
            _ connection: HTTPConnection, at location: SourceLocation = #_sourceLocation
        ) throws {
            let response = try connection.perform(HTTPRequest("GET", "/livez"))
            #expect(response.status == 200, "\(response.testDescription)", sourceLocation: location)
        }

        private func expectAlive() throws {
            for node in cluster.nodes { #expect(try node.get("/livez").status == 200, "\(node.id)") }
        }
    }
}
