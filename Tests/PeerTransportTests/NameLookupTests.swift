import Dispatch
import HotPath
import NIOCore
import RaftCore
import Synchronization
import Testing

@testable import PeerTransport

@Suite("Names of peers", .timeLimit(.minutes(10)))
struct NameLookupTests {
    /// A name server that knows two names: `slow` is answered once the test says so, `fast` at once.
    private final class NameServer: Sendable {
        let askedFor = Mutex<[String]>([])
        private let mayAnswer = DispatchSemaphore(value: 0)

        @Sendable func lookUp(_ address: PeerAddress) -> NameLookups.Answer {
            askedFor.withLock { $0.append(address.host) }
            if address.host.hasPrefix("slow") {
                mayAnswer.wait()
                mayAnswer.signal()
            }
            return NameLookups.askSystem(PeerAddress(host: "127.0.0.1", port: address.port))
        }

        func answer() { mayAnswer.signal() }
    }

    @Test("A name whose server does not answer keeps no other from being found, and is asked for once")
    func slow() async throws {
        try await withLoops { loops in
            let server = NameServer()
            let loop = loops.next()
            let (slow, again, fast) = try await loop.submit {
                let lookups = NameLookups(loop: loop, lookUp: server.lookUp)
                func look(_ host: String) -> EventLoopFuture<[SocketAddress]> {
                    lookups.addresses(of: PeerAddress(host: host, port: 1), openMax: 2)
                }
                return (look("slow"), look("slow"), look("fast"))
            }.get()

            #expect(try await fast.get().map(\.port) == [1])
            server.answer()
            #expect(try await slow.get() == again.get())
            #expect(server.askedFor.withLock { $0.sorted() } == ["fast", "slow"])
        }
    }

    @Test("More names than there may be fail at once; an answer makes room, and is not kept")
    func limit() async throws {
        try await withLoops { loops in
            let server = NameServer()
            let loop = loops.next()
            let lookups = try await loop.submit {
                NIOLoopBound(NameLookups(loop: loop, lookUp: server.lookUp), eventLoop: loop)
            }.get()
            func look(_ host: String) -> EventLoopFuture<[SocketAddress]> {
                loop.flatSubmit { lookups.value.addresses(of: PeerAddress(host: host, port: 1), openMax: 2) }
            }

            let open = [look("slow1"), look("slow2")]
            let refused = await #expect(throws: TransportError.self) { try await look("fast").get() }
            #expect(refused?.message.contains("2 other names are being looked up") == true)
            server.answer()
            for answer in open { _ = try await answer.get() }
            _ = try await look("slow1").get()

            #expect(server.askedFor.withLock { $0.sorted() } == ["slow1", "slow1", "slow2"])
        }
    }

    @Test("The system knows this machine by name, and says why it does not know another one")
    func system() throws {
        let addresses = try NameLookups.askSystem(PeerAddress(host: "localhost", port: 7)).get()
        #expect(!addresses.isEmpty && addresses.allSatisfy { $0.port == 7 })

        let error = #expect(throws: TransportError.self) {
            try NameLookups.askSystem(PeerAddress(host: "no-such-name.invalid", port: 7)).get()
        }
        #expect(error?.message.hasPrefix("the name no-such-name.invalid cannot be looked up: ") == true)
    }

    @Test("While the name of one peer is being looked up, a link to another one opens by name")
    func links() async throws {
        try await withLoops(2) { loops in
            let server = NameServer()
            let first = try await TestNode.start("a", on: loops)
            let second = try await TestNode.start("b", on: loops)
            try await first.run { [loop = first.loop] transport, _ in
                let sockets = transport.sockets as? SystemSockets
                sockets?.lookups = NameLookups(loop: loop, lookUp: server.lookUp)
            }
            let members = [
                try await first.member(), Member(id: "b", role: .voter, raftAddress: "fast:\(try await second.port())"),
                Member(id: "c", role: .voter, raftAddress: "slow:1"),
            ]

            try await first.setMembers(members)
            try await second.setMembers(members)
            try await first.wait(for: .linkOpened("b"))

            // The thread that asks for it may not have run yet.
            while !server.askedFor.withLock({ $0.contains("slow") }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            server.answer()
        }
    }

    @Test("A listener on a name is open on its address; an unknown name is refused with the reason")
    func listener() async throws {
        try await withLoops { loops in
            let node = try await TestNode.start("a", on: loops, host: "localhost")
            #expect(try await node.port() > 0)

            let error = await #expect(throws: TransportError.self) {
                _ = try await TestNode.start("b", on: loops, host: "no-such-name.invalid")
            }
            #expect(error?.code == .bindFailed)
            #expect(error?.message.contains("the name no-such-name.invalid cannot be looked up") == true)
        }
    }
}
