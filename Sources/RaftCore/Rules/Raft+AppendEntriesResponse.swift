extension Raft {
    /// An answer of a follower in this leader's term (§5.3). Its rules are those of `Leadership.note`.
    mutating func receive(_ response: AppendEntriesResponse, _ message: Message, into effects: inout Effects) {
        guard role == .leader,
            let answer = leadership?.note(response, from: message.from, log: log, now: clock)
        else { return }
        switch answer {
        case .disregarded:
            return
        case .heard:
            break
        case .matchedMore:
            advanceCommitIndex(into: &effects)
            if leadership?.transfer?.target == message.from { sendTimeoutNowIfCaughtUp(into: &effects) }
        case .repaired(let acknowledged):
            effects.dataLosses.append(DataLoss(node: message.from, acknowledged: acknowledged, stage: .repaired))
            advanceCommitIndex(into: &effects)
        case .lostData(let acknowledged, let has):
            effects.dataLosses.append(
                DataLoss(node: message.from, acknowledged: acknowledged, stage: .found(has: has)))
        }
        confirmReads(into: &effects)
    }
}
