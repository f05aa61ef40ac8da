internal import HotPath
package import RaftCore

extension NodeStore {
    /// Reads back what the node must not have forgotten, and checks it: that the log reaches at least as far as the
    /// key-value data, that entries are where they belong, that terms never fall, and that the current term is not
    /// below that of the log. Entries that are applied and durable are not all read (`LogSurvey`), so a start takes as
    /// long as applying the rest does, however long the log is. Call once, before anything is appended or applied.
    ///
    /// A crash can lose the last batch of the log, as a whole (`RaftLogStore`): the log is then shorter, never torn. So
    /// an entry that is missing before another one, or at or below the applied index, was durable once. A node that has
    /// lost entries that it acknowledged must not vote, so it does not start. One that is found missing or damaged when
    /// it is read later, for a follower that lags, ends the process.
    ///
    /// A log with an entry above `featureLevel`, the highest that this node knows, is refused: such an entry may be
    /// committed, and could not be applied. Nothing is lost; the later release starts from here.
    /// `progress` is called after each entry that is not applied yet.
    package func recover(
        knowing featureLevel: UInt8 = FeatureLevel.release, _ progress: () -> Void = {}
    ) throws(StorageError) -> Raft.Recovered {
        let applied: AppliedRecord
        let hardState: HardState
        do throws(StoreFailure) {
            applied = try stateMachine.appliedRecord()
            hardState = try log.hardState() ?? HardState()
        } catch {
            throw StorageError(directory: directory.path, unreadable: error, keptLogFiles.sentence())
        }
        let survey: LogSurvey
        do throws(RecoveryRefusal) {
            survey = try LogSurvey(of: log, applied: applied.last, knowing: featureLevel, progress)
        } catch {
            throw StorageError(directory: directory.path, error, keptLogFiles.sentence())
        }
        if survey.holdsUnappliedCommands { facts.noteUserData() }
        var recovered = survey.recovered
        recovered.hardState = hardState
        if let complaint = complaint(about: recovered) {
            throw StorageError(directory: directory.path, lost: complaint, keptLogFiles.sentence())
        }
        do throws(StoreFailure) {
            try log.witnessRecovered(hardState)
        } catch {
            throw StorageError(directory: directory.path, unwritable: error)
        }
        try keptLogFiles.release()
        try dropLeftoverFamilies()
        return recovered
    }

    /// A sentence that says what is wrong with the state as a whole, or nil.
    private func complaint(about recovered: Raft.Recovered) -> String? {
        let term = recovered.hardState.currentTerm
        if term < recovered.last.term {
            return "The node is in term \(term), and its log ends in term \(recovered.last.term)."
        }
        if clusterID == nil && recovered.last.index > .zero {
            return "There is a log, and no cluster that it belongs to."
        }
        return nil
    }
}
