import ArgumentParser
import Bytes
import LoadGenerator
import Testing

@testable import skiff

@Suite("A flag that was given twice does not hide the first")
struct GivenFlagTests {
    @Test("A flag has one text, and a list has all of them")
    func givenFlags() throws {
        let flag = GivenFlag("--rate")

        #expect(try flag.single([]) == nil)
        #expect(try flag.single(["5"]) == "5")
        #expect(throws: UsageError("--rate is there twice")) { try flag.single(["5", "5"]) }
        #expect(flag.list([]) == nil)
        #expect(flag.list([":1,:2", ":3"]) == ":1,:2,:3")
        #expect(try flag.isSet(0) == false)
        #expect(try flag.isSet(1))
        #expect(throws: UsageError("--rate is there 3 times")) { try flag.isSet(3) }
    }

    @Test("Endpoints add up, whichever way they are given")
    func endpoints() throws {
        let bench = try Bench.parse(["--endpoints", ":1,:2", "--endpoints=:3"])
        let plan = try BenchFlags(bench.target, bench.workload, bench.load).plan()

        #expect(plan.endpoints.map(\.port) == [1, 2, 3])
    }

    @Test("Every other flag that is given twice is refused, the same text or not")
    func twice() throws {
        let texts = [
            ("--spread", "leader"), ("--target", "etcd"), ("--workload", "a"), ("--mix", "get=1"), ("--keys", "5"),
            ("--key-prefix", "p"), ("--distribution", "uniform"), ("--value-size", "1"), ("--batch-size", "1"),
            ("--consistency", "stale"), ("--connections", "1"), ("--pipeline", "1"), ("--rate", "1"),
            ("--warmup", "1s"), ("--duration", "1s"), ("--requests", "1"), ("--threads", "1"), ("--seed", "1"),
            ("--timeout", "1s"),
        ]
        for (flag, text) in texts {
            let bench = try Bench.parse([flag, text, "\(flag)=\(text)"])
            #expect(throws: UsageError("\(flag) is there twice")) {
                try BenchFlags(bench.target, bench.workload, bench.load)
            }
        }
        for flag in ["--verify", "--atomic"] {
            let bench = try Bench.parse([flag, flag])
            #expect(throws: UsageError("\(flag) is there twice")) {
                try BenchFlags(bench.target, bench.workload, bench.load)
            }
        }
        #expect(throws: (any Error).self) { try Bench.parse(["--fill", "--no-fill"]) }
    }
}
