internal import HotPath
internal import KeyValue
internal import RaftCore
internal import Storage

/// The state machine of one process, and next to it the reference machine, which applies the same entries: each result
/// and each revision is compared.
final class CheckedStateMachine: StateMachine {
    private final class Memory {
        var reference: KeyValueState
        var breach: String?

        init(_ reference: KeyValueState) { self.reference = reference }
    }

    private let store: KeyValueStore
    private let memory: Confined<Memory>

    /// `reference` is what the store holds now.
    init(_ store: KeyValueStore, _ reference: KeyValueState) {
        self.store = store
        memory = Confined(Memory(reference))
    }

    /// What the store must hold.
    var reference: KeyValueState { memory.value.reference }
    /// Where the two differed first.
    var breach: String? { memory.value.breach }
    var appliedIndex: LogIndex { store.appliedIndex }
    var revision: UInt64 { store.revision }
    var verdicts: [Verdict] { store.verdicts }

    func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) {
        var place = results.count
        try store.apply(entries, results: &results)
        for entry in entries {
            memory.value.reference.apply(entry) { change in
                guard change.endsCommand else { return }
                if place >= results.count || results[place] != change.result {
                    note("a command of \(entry.id) has another result than \(change.result)")
                }
                place += 1
            }
        }
        if place != results.count { note("\(results.count) commands have results, and there are \(place)") }
        let reference = memory.value.reference
        if store.appliedIndex != reference.applied || store.revision != reference.revision {
            note("revision \(store.revision) at \(store.appliedIndex), and it is \(reference.revision)")
        }
    }

    /// A snapshot has taken the place of what the store held.
    func become(_ state: KeyValueState) {
        memory.value.reference = state
        if store.appliedIndex != state.applied || store.revision != state.revision {
            note("revision \(store.revision) at \(store.appliedIndex) after a snapshot, and it is \(state.revision)")
        }
    }

    private func note(_ breach: @autoclosure () -> String) {
        if memory.value.breach == nil { memory.value.breach = breach() }
    }
}
