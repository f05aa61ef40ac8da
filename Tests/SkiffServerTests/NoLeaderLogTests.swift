import HotPath
import RaftCore
import Testing

@testable import SkiffServer

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

    @Test("A line says for how long, why, and what to do")
    mutating func words() {
        let start = Instant(nanoseconds: 0)
        _ = log.note(.election(Term(3)), now: start)
        _ = log.note(.notJoined, now: Instant(nanoseconds: 5_000_000_000))
        let line = log.note(.notJoined, now: Instant(nanoseconds: 7_500_000_000))
        #expect(
            line == "has had no leader for 7 s: not a member of a cluster yet; join this node with POST /raft/join "
                + "on a member")
    }
}
