import HotPath
import KeyValue
import NIOCore
import NIOPosix
import Testing

@testable import HTTPAPI

/// The whole server over real sockets.
@Suite("A server on real sockets")
struct ServerTests {
    @Test("Writes and reads go through on every loop, completions come from another thread")
    func roundTrip() async throws {
        try await RunningServer.withServer { server in
            // More connections than loops, so that each loop has some.
            for number in 0..<6 {
                let client = try await server.connect()
                let put = try await client.exchange(Connection.text("PUT", "/v1/kv/k\(number)", body: "v\(number)"))
                #expect(put.status == 200)
                let get = try await client.exchange(Connection.text("GET", "/v1/kv/k\(number)"))
                #expect(get.body == "v\(number)")
                #expect(get["X-Skiff-Consistency"] == "linearizable")
            }
        }
    }

    @Test("200 pipelined writes and reads in one piece come back in order")
    func pipelined() async throws {
        try await RunningServer.withServer { server in
            let client = try await server.connect()
            let text = (0..<100).map {
                Connection.text("PUT", "/v1/kv/k\($0)", body: "v\($0)") + Connection.text("GET", "/v1/kv/k\($0)")
            }
            try await client.send(text.joined())
            let answers = try await client.answers(200)
            #expect(answers.count == 200)
            for number in 0..<100 {
                #expect(answers[2 * number].body.hasPrefix(#"{"key":"k\#(number)","#))
                #expect(answers[2 * number + 1].body == "v\(number)")
            }
        }
    }

    @Test("Thousands of pipelined requests pass the limit on pending requests and all come back")
    func manyPipelined() async throws {
        try await RunningServer.withServer { server in
            let client = try await server.connect()
            let request = Connection.text("PUT", "/v1/kv/k", body: String(repeating: "v", count: 200))
            try await client.send(String(repeating: request, count: 3_000))
            let answers = try await client.answers(3_000)
            let unexpected = answers.first { $0.status != 200 }
            #expect(unexpected?.status == nil, "\(unexpected.map { "\($0.status) \($0.body)" } ?? "")")
        }
    }

    @Test("A large value comes back whole, also to a client that reads late")
    func largeValues() async throws {
        try await RunningServer.withServer { server in
            let client = try await server.connect()
            let value = String(repeating: "0123456789abcdef", count: KeyValueLimits.valueBytesMax / 16)
            #expect(try await client.exchange(Connection.text("PUT", "/v1/kv/big", body: value)).status == 200)
            try await client.setReading(false)
            try await client.send((0..<12).map { _ in Connection.text("GET", "/v1/kv/big?stale") }.joined())
            let other = try await server.connect()
            #expect(try await other.exchange(Connection.text("GET", "/livez")).status == 200)
            try await client.setReading(true)
            let answers = try await client.answers(12)
            #expect(answers.count == 12)
            #expect(answers.allSatisfy { $0.body == value })
        }
    }

    @Test("The answer to a body that is too large arrives although the body was not read")
    func lingering() async throws {
        try await RunningServer.withServer { server in
            let client = try await server.connect()
            try await client.send("POST /store HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
            // The connection may end while this is under way.
            do {
                try await client.send(String(repeating: "x", count: 1_000_000))
                try await client.closeOutput()
            } catch is ChannelError {
            } catch is IOError {
            }
            let text = await client.rest()
            #expect(try Answer(text).status == 413)
        }
    }

    @Test("A client that closes its half gets its answers")
    func halfClosed() async throws {
        try await RunningServer.withServer { server in
            let client = try await server.connect()
            try await client.send(Connection.text("PUT", "/v1/kv/a", body: "x") + Connection.text("GET", "/v1/kv/a"))
            try await client.closeOutput()
            let answers = try Answer.all(await client.rest())
            #expect(answers.map(\.status) == [200, 200])
        }
    }

    @Test("Connections beyond the limit are told so, health checks on them are answered, and the next ones find room")
    func connectionLimit() async throws {
        try await RunningServer.withServer {
            $0.connectionsMax = 2
        } _: { server in
            let first = try await server.connect()
            let second = try await server.connect()
            #expect(try await first.exchange(Connection.text("GET", "/livez")).status == 200)
            #expect(try await second.exchange(Connection.text("GET", "/livez")).status == 200)

            // Many more than the reserve, one after the other.
            for target in Array(repeating: ["/livez", "/readyz", "/health", "/raft/stats"], count: 5).joined() {
                let request = Connection.text("GET", target)
                let answers = try await onAnsweringConnection(to: server) { health in
                    try await health.send(request + request)
                    return try Answer.all(await health.rest())
                }
                #expect(answers.map(\.status) == [200])
                #expect(answers.first?["Connection"] == "close")
            }
            let put = Connection.text("PUT", "/v1/kv/a", body: "x")
            let answer = try await onAnsweringConnection(to: server) { refused in
                try await refused.send(put)
                return try Answer.all(await refused.rest())
            }[0]
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] != nil && answer["Connection"] == "close")
            #expect(answer.body.contains(#""code":"too_many_connections","applied":"no""#))
            #expect(answer.body.contains(#""limit":2"#))
            #expect(try await second.exchange(Connection.text("GET", "/livez")).status == 200)

            #expect(try await first.exchange(Connection.text("GET", "/livez", ["Connection: close"])).status == 200)
            #expect(await first.rest().isEmpty)
            // The server knows of the end before it has told the client, or right after.
            var third: [Answer] = []
            repeat {
                third = try await onAnsweringConnection(to: server) { client in
                    let written = try await client.exchange(put)
                    guard written.status != 503 else { return [written] }
                    return [written, try await client.exchange(Connection.text("GET", "/v1/kv/a"))]
                }
            } while third[0].status == 503
            #expect(third.last?.body == "x")
        }
    }

    @Test(
        "More idle connections than there are places, the reserve included, let health checks through")
    func idleBeyondLimit() async throws {
        try await RunningServer.withServer {
            $0.connectionsMax = 1
        } _: { server in
            var idle: [Client] = []
            for _ in 0..<(3 * HTTPLimits.reserveConnectionsMax) { idle.append(try await server.connect()) }

            let answers = try await onAnsweringConnection(to: server) {
                try await [$0.exchange(Connection.text("GET", "/livez"))]
            }
            #expect(answers[0].status == 200)
            #expect(server.server.connectionCount <= 1 + HTTPLimits.reserveConnectionsMax)
        }
    }

    /// The answers that `ask` gets on a connection beyond the limit. One that has said nothing for a moment is closed,
    /// and on a busy machine that can happen before it is asked; then the next one is.
    private func onAnsweringConnection(
        to server: RunningServer, _ ask: (Client) async throws -> [Answer]
    ) async throws -> [Answer] {
        for _ in 0..<50 {
            do {
                let answers = try await ask(try await server.connect())
                if !answers.isEmpty { return answers }
            } catch is ChannelError {
            } catch is IOError {
            }
        }
        throw ChannelError.eof
    }

    @Test("An address in use is an error that says which and what to do")
    func addressInUse() async throws {
        try await RunningServer.withServer { server in
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            var settings = HTTPServerSettings()
            settings.host = "127.0.0.1"
            settings.port = server.port
            let second = HTTPServer(
                group: group, settings: settings, reader: server.store, board: server.board, control: server.control
            ) { FakeReplica(sink: $0) }

            let error = await #expect(throws: HTTPServerError.self) { try await second.bind() }

            #expect(error?.code == .cannotListen)
            #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
            #expect(error?.message.contains("SERVER_PORT") == true)
            try await group.shutdownGracefully()
        }
    }

    @Test("Shutdown refuses new connections and ends open ones")
    func shutdown() async throws {
        // An address of its own: the port may be another test's at once.
        let host = "127.0.0.84"
        try await RunningServer.withServer {
            $0.host = host
        } _: { server in
            let client = try await server.connect(host: host)
            #expect(try await client.exchange(Connection.text("GET", "/livez")).status == 200)

            await server.server.shutdown(withinMilliseconds: 5_000)

            #expect(await client.rest().isEmpty)
            // Nobody accepts. The kernel may still connect for a moment: a child that another test spawns holds copies
            // of all descriptors until it has become its program (posix_spawn(3), O_CLOEXEC).
            while let late = try? await server.connect(host: host) {
                #expect(await late.rest().isEmpty)
            }
        }
    }

    @Test("Without a host the server listens on all addresses")
    func allAddresses() async throws {
        try await RunningServer.withServer {
            $0.host = ""
        } _: { server in
            let client = try await server.connect()
            #expect(try await client.exchange(Connection.text("GET", "/livez")).status == 200)
        }
    }
}
