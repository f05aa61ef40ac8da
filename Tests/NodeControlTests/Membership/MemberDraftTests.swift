import ClusterControl
import HotPath
import RaftCore
import Testing

@testable import NodeControl

@Suite("Names and addresses of members")
struct MemberDraftTests {
    /// `f` has the alias `x`; the leader is `a`.
    private static let members = [
        Member(id: "a", role: .voter, raftAddress: "10.0.0.1:1111", aliases: ["first"]),
        Member(id: "f", role: .voter, raftAddress: "10.0.0.2:1111", httpAddress: "10.0.0.2:2221", aliases: ["x", "g"]),
        Member(id: "unseen", role: .learner),
    ]

    private func join(
        _ id: NodeID, as name: String, at address: String = "10.0.0.9:1111", isUpdate: Bool = false,
        asLearner: Bool = false, into members: [Member] = Self.members
    ) -> Result<Member, ControlFailure> {
        var request = JoinRequest(nodeID: name, raftAddress: address)
        request.isUpdate = isUpdate
        request.asLearner = asLearner
        let draft = MemberDraft(request: request, nodeID: id, raftAddress: address, httpAddress: "h:1")
        do throws(ControlFailure) {
            return .success(try draft.member(in: Configuration(members: members)))
        } catch {
            return .failure(error)
        }
    }

    private func refusal(_ result: Result<Member, ControlFailure>) -> ControlFailure? {
        guard case .failure(let failure) = result else { return nil }
        return failure
    }

    @Test("A new node enters as a learner; another name than its own becomes an alias")
    func newMember() throws {
        let own = try join("n", as: "n").get()
        let alias = try join("n", as: "N").get()

        #expect(own == Member(id: "n", role: .learner, raftAddress: "10.0.0.9:1111", httpAddress: "h:1"))
        #expect(alias.aliases == ["N"], "letters in another case are another name")
    }

    @Test("A node whose id is another's alias enters: an id beats an alias")
    func idBeatsAlias() throws {
        #expect(try join("g", as: "g").get().aliases == [])
        #expect(try join("g", as: "h").get().aliases == ["h"])
    }

    @Test(
        "A name that leads to another member is refused",
        arguments: [("n", "f"), ("n", "x"), ("n", "first"), ("n", "a"), ("g", "f"), ("g", "x"), ("f", "a"), ("a", "x")])
    func takenName(id: String, name: String) throws {
        let failure = try #require(refusal(join(NodeID(id), as: name)))

        #expect(failure.code == .nodeIDConflict && failure.applied == .no)
        #expect(failure.message.contains("\(name) is a name of "))
    }

    @Test(
        "A member's address under a name that it does not have is refused, and the message says whose it is",
        arguments: [("a", "10.0.0.1:1111"), ("f", "10.0.0.2:1111"), ("f", "elsewhere:1111")])
    func knownAddress(id: String, address: String) throws {
        let failure = try #require(refusal(join(NodeID(id), as: "zz", at: address)))

        #expect(failure.code == .nodeIDConflict)
        #expect(failure.message.contains("the node at \(address) is \(id), a member already, which has no name zz"))
    }

    @Test("A member keeps role and aliases when it is joined again, under its id or an alias, and gets the new address")
    func again() throws {
        for name in ["f", "x"] {
            let member = try join("f", as: name, at: "10.0.0.7:1111").get()
            #expect(member.raftAddress == "10.0.0.7:1111")
            #expect(member.role == .voter && member.aliases == ["x", "g"])
        }
    }

    @Test("A join takes no vote away: a voter is not joined as a learner, the leader neither; a learner may be")
    func learner() throws {
        for voter in ["a", "f"] {
            let failure = try #require(refusal(join(NodeID(voter), as: voter, asLearner: true)))
            #expect(failure.code == .invalidArgument && failure.applied == .no)
            #expect(failure.message.contains("\(voter) is a voter") && failure.message.contains("/raft/remove"))
        }
        for other in ["unseen", "n"] {
            #expect(try join(NodeID(other), as: other, asLearner: true).get().role == .learner)
        }
    }

    @Test(
        "A new node at the address of a member is refused, however the address is spelled",
        arguments: [("10.0.0.2:1111", "[::ffff:10.0.0.2]:1111"), ("localhost:5", "127.0.0.1:5"), ("N1:5", "n1.:5")])
    func sameAddress(known: String, called: String) throws {
        let members = [Member(id: "f", role: .voter, raftAddress: known)]

        let failure = try #require(refusal(join("n", as: "n", at: called, into: members)))

        #expect(failure.code == .nodeIDConflict && failure.message.contains("the address of the member f"))
        #expect(refusal(join("n", as: "n", at: "10.0.0.3:1111", into: members)) == nil)
        #expect(refusal(join("f", as: "f", at: called, into: members)) == nil)
    }

    @Test("A correction of addresses takes nobody in")
    func update() throws {
        #expect(try join("f", as: "f", at: "b:1", isUpdate: true).get().raftAddress == "b:1")
        #expect(refusal(join("n", as: "n", isUpdate: true))?.code == .invalidArgument)
    }

    @Test("A directory with wrong data that was removed does not come back; one that was emptied does")
    func wrongData() throws {
        let wrong = InstanceID(high: 1, low: 2)
        let verdict = Verdict(
            comparedAt: LogIndex(9), range: .all, isDecided: true,
            suspects: [Verdict.Suspect(id: "n", instance: wrong)])
        func join(_ instance: InstanceID?) -> Result<Member, ControlFailure> {
            let draft = MemberDraft(
                request: JoinRequest(nodeID: "n", raftAddress: "10.0.0.9:1111"), nodeID: "n",
                raftAddress: "10.0.0.9:1111", httpAddress: "h:1", instance: instance, verdicts: [verdict])
            return Result { () throws(ControlFailure) in try draft.member(in: Configuration(members: Self.members)) }
        }

        let failure = try #require(refusal(join(wrong)))

        #expect(failure.code == .dataDiffer && failure.applied == .no)
        #expect(failure.message.contains("empty directory"))
        let other = InstanceID(high: 3, low: 4)
        #expect(try join(other).get().instance == other)
        #expect(refusal(join(nil)) == nil)
    }

    @Test("A full cluster takes no new member, and known ones may move")
    func full() throws {
        let members = (0..<RaftSettings().memberCountMax).map { Member(id: NodeID("m\($0)"), role: .voter) }

        #expect(refusal(join("n", as: "n", into: members))?.message.contains("as many members") == true)
        #expect(refusal(join("m3", as: "m3", into: members)) == nil)
    }
}
