internal import ClusterControl

/// One request of an operator, until it is known how that ended.
struct ControlRequestRecord {
    enum Kind { case join, remove }

    enum Outcome {
        case open
        case answered(ControlAnswer)
        /// The process that was asked is gone.
        case lost
    }

    let kind: Kind
    /// The machine that is to come or to go.
    let target: Int
    /// The machine whose name it has.
    let name: Int
    let machine: Int
    let life: UInt32
    let isForced: Bool
    let asLearner: Bool
    let waits: Bool
    let askedAt: UInt64
    let timeoutMilliseconds: Int
    var outcome = Outcome.open

    func isAsked(of process: ControlProcess) -> Bool {
        machine == process.machine.number && life == process.life
    }

    var isOpen: Bool { if case .open = outcome { true } else { false } }

    /// Whether a change may be made because of it now.
    var mayTakeEffect: Bool {
        switch outcome {
        case .open, .lost: true
        case .answered(let answer):
            // A join that does not wait promotes later; one whose outcome is unknown may still take effect.
            answer.code == .ok ? kind == .join && !waits : answer.applied == .unknown
        }
    }

    var words: String {
        switch kind {
        case .join: "the join of machine \(target) asked of \(machine)"
        case .remove: "the removal of machine \(target) asked of \(machine)"
        }
    }
}
