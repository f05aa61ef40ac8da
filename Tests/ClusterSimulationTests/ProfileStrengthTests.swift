import RaftCore
import Testing

@testable import ClusterSimulation

/// The profiles that are there for one thing reach it: without that their seeds would prove nothing.
@Suite("What profiles reach")
struct ProfileStrengthTests {
    private func play(
        _ profile: Profile, seeds: ClosedRange<UInt64>, until isEnough: (Coverage) -> Bool = { _ in false }
    ) throws -> (coverage: Coverage, weak: Int) {
        var total = Coverage()
        var weak = 0
        for seed in seeds {
            let report = try SeedRun(seed: seed, profile: profile).play()
            #expect(report.breaches == [], "skiff-sim run --seed \(seed) --profile \(profile.rawValue) --trace")
            total.add(report.coverage)
            if report.isWeak { weak += 1 }
            if isEnough(total) { break }
        }
        return (total, weak)
    }

    private func expect(_ total: Coverage, _ point: Coverage.Point, above floor: Int) {
        #expect(total[point] > floor, "\(total[point]) \(point.words)")
    }

    @Test("Logs are compacted, and snapshots sent, lost, installed and cut off")
    func snapshots() throws {
        let total = try play(.snapshots, seeds: 1...16).coverage

        expect(total, .commit, above: 5_000)
        expect(total, .election, above: 30)
        expect(total, .crash, above: 50)
        expect(total, .changeOfMembers, above: 2)
        expect(total, .stalledDisk, above: 0)
        expect(total, .compaction, above: 40)
        expect(total, .entryDropped, above: 5_000)
        expect(total, .snapshotSent, above: 12)
        expect(total, .snapshotInstalled, above: 8)
        expect(total, .snapshotLost, above: 1)
        expect(total, .installationFailed, above: 0)
        expect(total, .crashAfterCompaction, above: 0)
    }

    @Test("Logs of nodes are cut off at their beginning, also in the midst of crashes")
    func cuts() throws {
        // Two of three seeds install no snapshot, and the others up to three: ten make a dozen or hardly any. It takes
        // twelve on the average, and five times as many are not to fall short.
        let total = try play(.failovers, seeds: 1...60) {
            $0[.logCut] > 40 && $0[.crashInCycle] > 4 && $0[.snapshotInstalled] > 6
        }.coverage

        expect(total, .logCut, above: 40)
        expect(total, .crashInCycle, above: 4)
        expect(total, .snapshotInstalled, above: 6)
    }

    @Test("So are those of nodes with a real transport, which sends them snapshots; and their data are compared")
    func joins() throws {
        let total = try play(.joins, seeds: 1...8).coverage

        expect(total, .logCut, above: 100)
        expect(total, .snapshotInstalled, above: 3)
        expect(total, .comparisonDigest, above: 100)
        expect(total, .comparisonAgreed, above: 20)
    }

    @Test("Disks go back, are found out and repaired")
    func lostData() throws {
        let (total, weak) = try play(.lostData, seeds: 1...12)

        expect(total, .olderDisk, above: 8)
        expect(total, .lossFound, above: 8)
        expect(total, .election, above: 24)
        #expect(weak <= 4)
    }

    @Test("Data are compared while everything else happens, and a node whose data are wrong is named")
    func comparisons() throws {
        let honest = try play(.swarm, seeds: 1...6).coverage
        let total = try play(.rot, seeds: 1...10).coverage

        expect(honest, .comparisonDigest, above: 100)
        expect(honest, .comparisonAgreed, above: 20)
        expect(total, .oddNode, above: 5)
        expect(total, .snapshotInstalled, above: 0)
        expect(total, .comparisonAgreed, above: 20)
    }

    @Test("Links close when a member leaves, and are replaced by newer ones; bursts are answered in parts")
    func links() throws {
        let total = try play(.membership, seeds: 1...12).coverage

        expect(total, .changeOfMembers, above: 5)
        expect(total, .linkOfMemberClosed, above: 2)
        expect(total, .linkReplaced, above: 12)
        expect(total, .forwardAnsweredInParts, above: 0)
    }
}
