import RaftCore
import Testing

@testable import HotPath

@Suite("Who is odd")
struct ComparisonOutcomeTests {
    /// The outcome of the digests of members `a`, `b`, …, first the voters and then the learners. A dot is a member
    /// without an answer, another character the data that it holds.
    private func outcome(_ voters: String, learners: String = "") -> ComparisonOutcome {
        var members: [Member] = []
        var digests: [(member: Member, digest: StateDigest)] = []
        for (place, data) in (voters + learners).enumerated() {
            let id = NodeID(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(place))))
            let member = Member(id: id, role: place < voters.count ? .voter : .learner)
            members.append(member)
            guard let value = data.unicodeScalars.first?.value, data != "." else { continue }
            let digest = StateDigest(applied: .of(7), revision: 3, keyCount: 2, hash: UInt64(value))
            digests.append((member, digest))
        }
        return ComparisonOutcome(of: digests, in: Configuration(members: members))
    }

    private func suspects(_ ids: NodeID...) -> [Verdict.Suspect] { ids.map { Verdict.Suspect(id: $0, instance: nil) } }

    @Test("Nobody, if all who answered hold the same, however few they are")
    func agreement() {
        for voters in ["xx", "xxx", "xx.", "x.x..", "xxxxx"] { #expect(outcome(voters) == .agreed) }
        #expect(outcome("x", learners: "x") == .agreed)
        #expect(outcome("xx.", learners: "x.x") == .agreed)
    }

    @Test("Nothing is known of one answer or of none")
    func tooFew() {
        for voters in ["x", "..", "x.", "..x", "....."] { #expect(outcome(voters) == .unknown) }
    }

    @Test("A majority of the voters is right, and all others are odd: voters, learners, the leader itself")
    func odd() {
        #expect(outcome("xxy") == .odd(suspects("c")))
        #expect(outcome("yxx") == .odd(suspects("a")))
        #expect(outcome("xxxyz") == .odd(suspects("d", "e")))
        #expect(outcome("x.xyx") == .odd(suspects("d")))
        #expect(outcome("xx", learners: "y") == .odd(suspects("c")))
        #expect(outcome("xx.", learners: "yx") == .odd(suspects("d")))
        #expect(outcome("x", learners: "yxz") == .odd(suspects("b", "d")))
        #expect(outcome("yxx", learners: "y") == .odd(suspects("a", "d")))
    }

    @Test("Without a majority nobody is odd, and missing voters may decide another time")
    func undecided() {
        #expect(outcome("xy") == .undecided(suspects("a", "b"), mayBeDecided: false))
        #expect(outcome("xyz") == .undecided(suspects("a", "b", "c"), mayBeDecided: false))
        #expect(outcome("xxyy") == .undecided(suspects("a", "b", "c", "d"), mayBeDecided: false))
        #expect(outcome("xy.") == .undecided(suspects("a", "b"), mayBeDecided: true))
        #expect(outcome("xxy..") == .undecided(suspects("a", "b", "c"), mayBeDecided: true))
    }

    @Test("Learners decide nothing, however many they are")
    func learners() {
        #expect(outcome("xy", learners: "xxx") == .undecided(suspects("a", "b", "c", "d", "e"), mayBeDecided: false))
        #expect(outcome("x..", learners: "yy") == .undecided(suspects("a", "d", "e"), mayBeDecided: true))
    }
}
