/// The members of a cluster as one configuration entry of the log states them. Members are ordered by id, so that all
/// nodes iterate them in the same order.
package struct Configuration: Hashable, Sendable {
    /// Ordered by id, without duplicates.
    package private(set) var members: [Member]
    /// What leaders may propose (`FeatureLevel`).
    package private(set) var featureLevel: UInt8

    package init(members: [Member] = [], featureLevel: UInt8 = FeatureLevel.first) {
        self.featureLevel = featureLevel
        self.members = members.sorted { $0.id < $1.id }
        for index in self.members.indices.dropFirst() {
            precondition(
                self.members[index - 1].id != self.members[index].id,
                "member \(self.members[index].id) is listed twice in a configuration")
        }
    }

    package subscript(id: NodeID) -> Member? { members.first { $0.id == id } }

    /// The member with this id or alias.
    package func member(named name: String) -> Member? {
        members.first { $0.id.name == name } ?? members.first { $0.aliases.contains(name) }
    }

    package func isVoter(_ id: NodeID) -> Bool { self[id]?.role == .voter }

    package var voterCount: Int {
        var count = 0
        for member in members where member.role == .voter { count += 1 }
        return count
    }

    /// The smallest number of voters that form a majority; 1 for an empty configuration.
    package var quorum: Int { Quorum.size(voterCount: voterCount) }
}
