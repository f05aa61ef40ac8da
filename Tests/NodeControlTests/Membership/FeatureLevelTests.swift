import RaftCore
import Testing

@testable import NodeControl

@Suite("Raising the feature level of a cluster")
struct FeatureLevelTests {
    private static func configuration(at level: UInt8, _ roles: [Member.Role]) -> Configuration {
        let names: [NodeID] = ["a", "b", "c"]
        return Configuration(
            members: zip(names, roles).map { Member(id: $0, role: $1) }, featureLevel: level)
    }

    /// The level to which `a`, which knows 4, raises that of a cluster at level 1.
    private func raised(
        _ known: [NodeID: UInt8], at level: UInt8 = 1, own: UInt8 = 4,
        roles: [Member.Role] = [.voter, .voter, .learner]
    ) -> UInt8? {
        var settings = RaftSettings()
        settings.featureLevel = own
        return KnownLevels(settings: settings, localID: "a") { known[$0] }
            .raised(in: Self.configuration(at: level, roles))
    }

    @Test("It rises to the highest level that all members know, learners included")
    func lowestOfAll() {
        #expect(raised(["b": 3, "c": 2]) == 2)
        #expect(raised(["b": 3, "c": 9]) == 3)
        #expect(raised(["b": 9, "c": 9]) == 4)
        #expect(raised([:], roles: [.voter]) == 4)
    }

    @Test("It stays as long as one member knows no more, or is not linked, and never falls")
    func stays() {
        #expect(raised(["b": 3, "c": 1]) == nil)
        #expect(raised(["b": 3]) == nil)
        #expect(raised(["b": 3, "c": 3], at: 3) == nil)
        #expect(raised(["b": 2, "c": 2], at: 3) == nil)
        #expect(raised(["b": 9, "c": 9], own: 1) == nil)
        #expect(raised([:], roles: []) == nil)
    }
}
