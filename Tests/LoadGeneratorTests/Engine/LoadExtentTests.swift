import Bytes
import Histogram
import Testing

@testable import LoadGenerator

@Suite("Runs send what they are asked for, and count what they measure")
struct LoadExtentTests {
    private func plan(_ server: SmallServer, connections: Int = 1) -> LoadPlan {
        var plan = LoadPlan(endpoints: [HostAndPort(host: "127.0.0.1", port: server.port)])
        plan.mix = [WeightedOperation(.get, weight: 1)]
        plan.keyCount = 100
        plan.connections = connections
        plan.warmup = .zero
        return plan
    }

    @Test("One request without a warm-up is one request, whatever the number of connections", arguments: [1, 7])
    func exactCount(count: Int) throws {
        let server = try SmallServer()
        defer { #expect(throws: Never.self) { try server.stop() } }
        var plan = plan(server, connections: 64)
        plan.threads = 2
        plan.ending = .afterRequests(count)

        let result = try LoadRun(plan: plan).run()

        #expect(result.operations.reduce(0) { $0 + $1.succeeded } == UInt64(count))
        #expect(server.requestCount == count)
        #expect(result.bytesSent == UInt64(server.byteCount))
        #expect(result.bytesReceived == UInt64(count * "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx".utf8.count))
    }

    @Test("Bytes are those of the measured requests, and a warm-up has none")
    func bytes() throws {
        let server = try SmallServer()
        defer { #expect(throws: Never.self) { try server.stop() } }
        var plan = plan(server, connections: 4)
        plan.warmup = .seconds(1)
        plan.ending = .afterRequests(10)

        let result = try LoadRun(plan: plan).run()

        #expect(server.requestCount > 10)
        let requestBytes = UInt64(server.byteCount / server.requestCount)
        #expect(result.bytesSent == 10 * requestBytes)
        #expect(result.bytesReceived == 10 * 39)
    }

    @Test("The first starts of a schedule without a warm-up are sent when they are due", arguments: [1, 2])
    func firstStarts(threads: Int) throws {
        let server = try SmallServer()
        defer { #expect(throws: Never.self) { try server.stop() } }
        var plan = plan(server, connections: 8)
        plan.threads = threads
        plan.rate = 1_000
        plan.ending = .afterRequests(5)

        // A shared machine may delay any one run, but not all of them; a loop that sleeps at the start delays all.
        var lateSends: [UInt64] = []
        repeat {
            let result = try LoadRun(plan: plan).run()
            #expect(result.operations.first?.succeeded == 5)
            lateSends.append(result.generator.lateSends)
        } while lateSends.last == 5 && lateSends.count < 20

        #expect(lateSends.last ?? 5 < 5, "\(lateSends)")
    }

    @Test("Values above the limit of the server end the run at the first refusals, with their reason")
    func tooLarge() throws {
        let body = #"{"error":"too large","code":"value_too_large","applied":"no"}"#
        let answer = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let server = try SmallServer(answer: answer)
        defer { #expect(throws: Never.self) { try server.stop() } }
        var plan = plan(server, connections: 2)
        plan.mix = [WeightedOperation(.put, weight: 1)]
        plan.ending = .after(.seconds(3_600))

        let error = #expect(throws: LoadError.self) { try LoadRun(plan: plan).run() }

        #expect(
            error?.message
                == "every put is refused: 413 value_too_large; the values or batches are above the limit of the server")
        #expect(server.requestCount <= EngineLimits.refusalsMax + 2)
    }

    @Test("A server that speaks no HTTP ends the run as well")
    func notHTTP() throws {
        let server = try SmallServer(answer: "-ERR unknown command\r\n")
        defer { #expect(throws: Never.self) { try server.stop() } }
        // One answer each, because a connection that failed waits before it is opened again.
        var plan = plan(server, connections: EngineLimits.refusalsMax)
        plan.ending = .after(.seconds(3_600))

        let error = #expect(throws: LoadError.self) { try LoadRun(plan: plan).run() }

        #expect(
            error?.message.hasPrefix("every get is refused: bad answer: no HTTP response; is this a server") == true)
    }

    @Test("Each endpoint has its own figures, and a dead one its failed attempts to connect")
    func endpoints() throws {
        let server = try SmallServer()
        defer { #expect(throws: Never.self) { try server.stop() } }
        var plan = plan(server, connections: 4)
        // Port 1 is privileged and unused.
        plan.endpoints.append(HostAndPort(host: "127.0.0.1", port: 1))
        plan.ending = .afterRequests(100)

        let result = try LoadRun(plan: plan).run()

        #expect(result.endpoints.map(\.succeeded) == [100, 0])
        #expect(result.endpoints.map(\.failedConnects) == [0, 2])
        #expect(result.endpoints[0].service?.totalCount == 100)
        #expect(Summary(result).errors == 2)
        #expect(Summary(result).attempts == 102)
    }
}
