internal import HotPath
internal import RaftCore

/// "A server always uses the latest configuration in its log, regardless of whether the entry is committed" (paper, 6);
/// "only single-server changes are allowed", each after the one before is committed (thesis, 4.1) and after the leader
/// has committed in its term (Ongaro, "bug in single-server membership changes", raft-dev, 2015).
enum ConfigurationRule {
    static func breach(by process: any WatchedProcess) -> String? {
        let latest = process.shadow.configurations.last?.configuration ?? Configuration()
        if process.configuration != latest {
            return "\(process.id) uses another configuration than the latest in its log"
        }
        return nil
    }

    /// A leader has appended a configuration.
    static func breach(byChangeOf leader: any WatchedProcess) -> String? {
        let configurations = leader.shadow.configurations
        guard configurations.count >= 2, let after = configurations.last else { return nil }
        let before = configurations[configurations.count - 2]
        let id = leader.id
        guard leader.shadow.term(at: after.index) == leader.currentTerm else { return nil }
        if !leader.hasCommittedInCurrentTerm {
            return "\(id) changes the configuration at \(after.index) before it has committed in its term"
        }
        if before.index > leader.commitIndex {
            return "\(id) changes the configuration at \(after.index), and that at \(before.index) is not committed"
        }
        let voters = Set(after.configuration.members.filter { $0.role == .voter }.map(\.id))
        let votersBefore = Set(before.configuration.members.filter { $0.role == .voter }.map(\.id))
        let differences = voters.symmetricDifference(votersBefore).count
        return differences > 1 ? "\(id) changes \(differences) voters at once at \(after.index)" : nil
    }
}
