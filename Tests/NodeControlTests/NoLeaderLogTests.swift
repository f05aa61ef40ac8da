import HotPath
import RaftCore
import Testing

@testable import NodeControl

@Suite("The log of a node without a leader")
struct NoLeaderLogTests {
    private var log = NoLeaderLog()

    /// Looks once a second, and returns the seconds at which a line was written.
    private mutating func lines(_ why: WhyNoLeader?, _ seconds: Range<UInt64>) -> [UInt64] {
        seconds.filter { log.note(why, now: Instant(nanoseconds: $0 * 1_000_000_000)) != nil }
    }

    @Test("An absence is told when it has lasted for a moment, and again with pauses that grow to a minute")
    mutating func pauses() {
        #expect(lines(.noQuorum(reachable: 1, voters: 3), 0..<250) == [2, 6, 14, 30, 62, 122, 182, 242])
    }

    @Test("A failover that is over before is no line")
    mutating func failover() {
        #expect(lines(.election(Term(2)), 0..<2).isEmpty)
        #expect(lines(nil, 2..<4).isEmpty)
        #expect(lines(.election(Term(3)), 4..<6).isEmpty)
        #expect(lines(nil, 6..<100).isEmpty)
    }

    @Test("Another reason is told when it has lasted for a moment; another term is the same reason")
    mutating func changes() {
        #expect(lines(.noQuorum(reachable: 1, voters: 3), 0..<10) == [2, 6])
        #expect(lines(.election(Term(4)), 10..<13) == [12])
        #expect(lines(.election(Term(5)), 13..<17) == [16])
        #expect(lines(.noQuorum(reachable: 1, voters: 3), 17..<20) == [19])
    }

    private mutating func line(_ why: WhyNoLeader, _ seconds: Double) -> String? {
        log.note(why, now: Instant(nanoseconds: UInt64(seconds * 1e9)))
    }

    @Test("A line says for how long, why, and what to do")
    mutating func words() {
        _ = line(.noQuorum(reachable: 1, voters: 3), 0)
        _ = line(.election(Term(3)), 5)
        #expect(line(.election(Term(3)), 7.5) == "has had no leader for 7 s: election in progress (term 3); try again")
    }

    @Test("A node that is no member says that, and for how long it has known it")
    mutating func noMember() {
        _ = line(.noQuorum(reachable: 1, voters: 3), 0)
        _ = line(.removed, 25)
        #expect(
            line(.removed, 31.5) == "was removed from its cluster, as it has known for 6 s, and serves nothing: "
                + "join this node again with POST /raft/join on a member")

        _ = line(.notJoined, 40)
        #expect(
            line(.notJoined, 43) == "has waited for 3 s to be taken into a cluster: join this node with "
                + "POST /raft/join on a member")
        _ = line(.election(Term(9)), 50)
        #expect(line(.election(Term(9)), 52)?.hasPrefix("has had no leader for 2 s: ") == true)
    }
}
