import RaftCore
import Testing

@testable import ClusterSimulation

@Suite("Seeds")
struct SeedRunTests {
    @Test("Every profile keeps what Skiff promises", arguments: Profile.allCases)
    func promises(profile: Profile) throws {
        for seed in UInt64(1)...3 {
            let report = try SeedRun(seed: seed, profile: profile).play()
            #expect(report.breaches == [], "skiff-sim run --seed \(seed) --profile \(profile.rawValue) --trace")
        }
    }

    @Test("The same seed gives the same run, with a trace or without", arguments: Profile.allCases)
    func determinism(profile: Profile) throws {
        var lines = 0
        let first = try SeedRun(seed: 4, profile: profile).play()
        let second = try SeedRun(seed: 4, profile: profile).play(trace: { _ in lines += 1 })

        #expect(first.breaches == [], "skiff-sim run --seed 4 --profile \(profile.rawValue) --trace")
        #expect(first.hash == second.hash)
        #expect(first.events == second.events)
        #expect(lines > 20)
    }

    @Test("Another seed gives another run")
    func difference() throws {
        let hashes = try (1...3).map { try SeedRun(seed: $0, profile: .swarm).play().hash }

        #expect(Set(hashes).count == 3)
    }

    @Test("Without a fault the rest of the schedule is as before")
    func without() {
        let run = SeedRun(seed: 12, profile: .swarm)
        let shorter = run.without([0])

        #expect(shorter.faults == Array(run.faults.dropFirst()))
    }

    @Test("A run reaches what it is there for: without that it would prove nothing")
    func coverage() throws {
        var total = Coverage()
        var weak = 0
        var (acknowledged, reads, unknown) = (0, 0, 0)
        for seed in UInt64(100)..<124 {
            let profile = [Profile.swarm, .swarm, .failovers, .membership][Int(seed % 4)]
            let report = try SeedRun(seed: seed, profile: profile).play()
            total.add(report.coverage)
            if report.isWeak { weak += 1 }
            acknowledged += report.acknowledged
            reads += report.reads
            unknown += report.unknown
        }

        #expect(weak <= 4)
        let often: [Coverage.Point] = [
            .crash, .crashOfLeader, .crashAmongEffects, .election, .commit, .forwarded, .duplicate, .messageCut,
            .readOfOldEntries, .groupAcknowledged,
        ]
        for point in often { #expect(total[point] > 10, "\(total[point]) \(point.words)") }
        for point in [Coverage.Point.longTruncation, .forwardLost, .brokenLink, .changeOfMembers] {
            #expect(total[point] > 0, "no \(point.words)")
        }
        let ofDisks: [Coverage.Point] = [
            .powerLoss, .tornWrite, .unsyncedLost, .unsyncedKept, .startRefused, .crashBeforeSync, .flushCutOff,
            .closedInOrder, .tableEntered, .recordFromDisk, .applyWithoutRoom,
        ]
        for point in ofDisks { #expect(total[point] > 0, "no \(point.words)") }
        #expect(acknowledged > 5_000)
        #expect(reads > 1_000)
        #expect(unknown > 100)
    }

    @Test("Damage takes a node out of service, and the others go on")
    func damage() throws {
        var total = Coverage()
        for seed in UInt64(30)..<36 {
            let report = try SeedRun(seed: seed, profile: .damage).play()
            #expect(report.breaches == [])
            total.add(report.coverage)
        }

        #expect(total[.damageFound] > 2)
    }
}
