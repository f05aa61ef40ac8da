/// A state of a cluster that a scenario waits for or expects.
indirect enum ScenarioState: Hashable {
    case not(ScenarioState)
    /// A node leads and has committed in its term.
    case leader
    /// A node other than this one does.
    case otherLeader(than: Target)
    /// A count of what happened, compared with a number. In a step that waits it is counted from the step
    /// on, otherwise from the last mark.
    case count(Counter, Comparison, Int)
    /// The members of the committed configuration; bit n of `set` is node n.
    case members(set: Int)
    /// Its log and its disk hold what the leader's log holds, and nothing else.
    case equalLog(Target)
    /// Its log is at least this many entries shorter than the leader's.
    case lags(Target, Int)
    /// At most this many answers of it wait for its disk.
    case owes(Target, Int)
    case node(Target, Aspect)
    /// Why the node sees no leader, in the words of the API.
    case says(Target, String)

    /// What may be true of one node.
    enum Aspect: String, CaseIterable {
        case leads, follows
        case isLearner = "is learner"
        case isVoter = "is voter"
        /// It has a process.
        case runs
        /// It is ready in the words of the API.
        case isReady = "is ready"
        /// It answers stale reads.
        case shows
        /// It knows that it is removed.
        case isRemoved = "is removed"
        /// It knows that it lacks what it had acknowledged.
        case missesData = "misses data"
        /// The leader knows that it does.
        case isKnownToMissData = "is known to miss data"
        /// A copy of its disk lacks what the leader knows it to have.
        case hasOldCopy = "has old copy"
        /// No request of a user waits there.
        case isIdle = "is idle"
        /// The leader sends it entries without asking where the logs part.
        case replicates
        /// It has applied what was committed at the last `mark`.
        case hasAppliedMark = "has applied mark"
        /// It does not know an entry that its leader has sent.
        case refusesEntries = "refuses entries"
        /// It is down until it is of a later release.
        case awaitsUpgrade = "awaits upgrade"
        /// A read of its log has not been answered.
        case reads = "waits for its disk"
    }

    enum Counter: Hashable {
        case coverage(Coverage.Point)
        case commits, acknowledged, reads, unknown, refused

        static let words: [(String, Counter)] = [
            ("commits", .commits), ("acknowledged", .acknowledged), ("reads", .reads), ("unknown", .unknown),
            ("refused", .refused),
        ]
    }

    enum Comparison: String, CaseIterable {
        case atLeast = ""
        case atMost = "at most "
        case exactly = "exactly "
    }

    /// How a state is written.
    static let forms =
        [
            "not STATE", "leader", "leader other than NODE", "members LETTERS", "log-of NODE equal", "NODE lags COUNT",
            "NODE owes at most COUNT answers", "NODE says WORDS", "coverage POINT [at most|exactly] COUNT",
        ] + Counter.words.map { "\($0.0) [at most|exactly] COUNT" } + Aspect.allCases.map { "NODE \($0.rawValue)" }
}

extension ScenarioState: CustomStringConvertible {
    var description: String {
        switch self {
        case .not(let state): "not \(state)"
        case .leader: "leader"
        case .otherLeader(let target): "leader other than \(target)"
        case .count(.coverage(let point), .atLeast, 1): "coverage \(point)"
        case .count(let counter, let comparison, let number): "\(counter) \(comparison.rawValue)\(number)"
        case .members(let set): "members \(Target.letters(of: set))"
        case .equalLog(let target): "log-of \(target) equal"
        case .lags(let target, let count): "\(target) lags \(count)"
        case .owes(let target, let count): "\(target) owes at most \(count) answers"
        case .node(let target, let aspect): "\(target) \(aspect.rawValue)"
        case .says(let target, let words): "\(target) says \(words)"
        }
    }

    /// Reads a state; nil if the words are none.
    init?(words text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard let state = Self.state(words) else { return nil }
        self = state
    }

    private static func state(_ words: [String]) -> Self? {
        let rest = Array(words.dropFirst())
        switch (words.first ?? "", rest.count) {
        case ("not", 1...): return state(rest).map { .not($0) }
        case ("leader", 0): return .leader
        case ("leader", 3) where rest[0] == "other" && rest[1] == "than":
            return Target(rest[2]).map { .otherLeader(than: $0) }
        case ("members", 1): return Target.set(of: rest[0]).map { .members(set: $0) }
        case ("log-of", 2) where rest[1] == "equal": return Target(rest[0]).map { .equalLog($0) }
        case ("coverage", 1...):
            guard let point = Coverage.Point(name: rest[0]) else { return nil }
            return count(.coverage(point), Array(rest.dropFirst()), otherwise: 1)
        default: break
        }
        if let counter = Counter.words.first(where: { $0.0 == words.first }) {
            return count(counter.1, rest, otherwise: nil)
        }
        guard let target = Target(words.first ?? "") else { return nil }
        if rest.count == 2, rest[0] == "lags" { return Int(rest[1]).map { .lags(target, $0) } }
        if rest.count == 5, Array(rest[0...2]) == ["owes", "at", "most"], rest[4] == "answers" {
            return Int(rest[3]).map { .owes(target, $0) }
        }
        if rest.count > 1, rest[0] == "says" { return .says(target, rest.dropFirst().joined(separator: " ")) }
        return Aspect(rawValue: rest.joined(separator: " ")).map { .node(target, $0) }
    }

    private static func count(_ counter: Counter, _ words: [String], otherwise: Int?) -> Self? {
        if words.isEmpty { return otherwise.map { .count(counter, .atLeast, $0) } }
        let comparison = words.dropLast().map { $0 + " " }.joined()
        guard let number = words.last.flatMap({ Int($0) }), number >= 0, let known = Comparison(rawValue: comparison)
        else { return nil }
        return .count(counter, known, number)
    }
}

extension ScenarioState.Counter: CustomStringConvertible {
    var description: String {
        if case .coverage(let point) = self { return "coverage \(point)" }
        return Self.words.first { $0.1 == self }?.0 ?? ""
    }
}
