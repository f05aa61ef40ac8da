import HotPath
import KeyValue
import NIOConcurrencyHelpers
import RaftCore

/// A state machine that counts: each command gets the next revision.
final class PlayedStateMachine: StateMachine {
    private let state: NIOLockedValueBox<(applied: LogIndex, revision: UInt64, batches: [[UInt64]])>

    init(applied: LogIndex) { state = NIOLockedValueBox((applied, 0, [])) }

    var appliedIndex: LogIndex { state.withLockedValue { $0.applied } }
    var revision: UInt64 { state.withLockedValue { $0.revision } }

    /// The state is that of a snapshot from now on.
    func become(_ lastIncluded: LogIndex, revision: UInt64) {
        state.withLockedValue {
            $0.applied = lastIncluded
            $0.revision = revision
        }
    }

    var verdicts: [Verdict] { [] }
    /// The indexes of the entries of each batch.
    var batches: [[UInt64]] { state.withLockedValue { $0.batches } }

    func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) {
        state.withLockedValue { $0.batches.append(entries.map(\.id.index.rawValue)) }
        for entry in entries {
            let revision = state.withLockedValue { state in
                precondition(entry.id.index == state.applied.next, "\(entry.id) is applied after \(state.applied)")
                state.applied = entry.id.index
                state.revision += UInt64(entry.commandCount)
                return state.revision
            }
            for place in 0..<entry.commandCount {
                let count = UInt64(entry.commandCount - place - 1)
                results.append(CommandResult(status: .applied, existed: false, revision: revision - count))
            }
        }
    }
}
