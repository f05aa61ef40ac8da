internal import HotPath
internal import KeyValue
internal import RaftCore

/// The state machine of one process.
final class SimulatedStateMachine: StateMachine {
    private final class Memory {
        var state: KeyValueState

        init(_ state: KeyValueState) { self.state = state }
    }

    private let memory: Confined<Memory>

    init(_ state: KeyValueState) { memory = Confined(Memory(state)) }

    var state: KeyValueState { memory.value.state }
    var appliedIndex: LogIndex { memory.value.state.applied }
    var revision: UInt64 { memory.value.state.revision }

    func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) {
        for entry in entries {
            memory.value.state.apply(entry) { change in
                if change.endsCommand { results.append(change.result) }
            }
        }
    }
}
