/// One thing that a scenario does, after the one before is done.
enum ScenarioStep: Hashable {
    /// The fault comes now, and must meet somebody.
    case fault(Fault)
    /// Time passes, in milliseconds.
    case wait(Int)
    /// Waits until the state is there, for this many milliseconds at the most.
    case until(ScenarioState, within: Int)
    /// The state must be there now.
    case expect(ScenarioState)
    /// The state must be there now and last for this many milliseconds.
    case hold(ScenarioState, for: Int)
    /// Leadership is handed on until this node has it.
    case lead(Target)
    /// A node that is down starts.
    case start(Target)
    /// The disk, the reads and the apply thread of a node work again.
    case resume(Target)
    /// The clients ask for nothing from here on, or for something again.
    case quiet, busy
    /// Remembers how far the cluster has committed and what was counted.
    case mark

    /// How long `until` waits, in milliseconds.
    static let patience = 30_000

    /// How a step is written, by its first word.
    static let forms = [
        "wait MS", "until STATE [in MS]", "expect STATE [in MS]", "hold STATE for MS", "lead NODE", "start NODE",
        "resume NODE", "quiet", "busy", "mark",
    ]
}

extension ScenarioStep: CustomStringConvertible {
    var description: String {
        switch self {
        case .fault(let fault): "\(fault)"
        case .wait(let time): "wait \(time)"
        case .until(let state, Self.patience): "until \(state)"
        case .until(let state, let time): "expect \(state) in \(time)"
        case .expect(let state): "expect \(state)"
        case .hold(let state, let time): "hold \(state) for \(time)"
        case .lead(let target): "lead \(target)"
        case .start(let target): "start \(target)"
        case .resume(let target): "resume \(target)"
        case .quiet: "quiet"
        case .busy: "busy"
        case .mark: "mark"
        }
    }

    /// Reads a step; nil if the words are none.
    init?(words text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard let verb = words.first, let step = Self.step(verb, Array(words.dropFirst())) ?? Self.fault(text) else {
            return nil
        }
        self = step
    }

    private static func fault(_ text: String) -> Self? { Fault(words: text).map { .fault($0) } }

    private static func step(_ verb: String, _ words: [String]) -> Self? {
        switch (verb, words.count) {
        case ("quiet", 0): return .quiet
        case ("busy", 0): return .busy
        case ("mark", 0): return .mark
        case ("wait", 1): return Int(words[0]).flatMap { $0 > 0 ? .wait($0) : nil }
        case ("lead", 1): return Target(words[0]).map { .lead($0) }
        case ("start", 1): return Target(words[0]).map { .start($0) }
        case ("resume", 1): return Target(words[0]).map { .resume($0) }
        default: return waiting(verb, words)
        }
    }

    private static func waiting(_ verb: String, _ words: [String]) -> Self? {
        let preposition = verb == "hold" ? "for" : "in"
        let hasTime = words.count >= 3 && words[words.count - 2] == preposition
        let time = hasTime ? Int(words[words.count - 1]) : nil
        let rest = hasTime ? Array(words.dropLast(2)) : words
        guard hasTime == (time != nil), time ?? 1 > 0, let state = ScenarioState(words: rest.joined(separator: " "))
        else { return nil }
        return switch verb {
        case "until": .until(state, within: time ?? patience)
        case "expect": time.map { .until(state, within: $0) } ?? .expect(state)
        case "hold": time.map { .hold(state, for: $0) }
        default: nil
        }
    }
}
