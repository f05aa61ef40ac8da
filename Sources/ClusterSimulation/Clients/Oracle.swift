internal import HotPath
internal import KeyValue
internal import RaftCore

/// Knows for every answer to a client whether it was possible. Every write has its place in the order of the log, so no
/// search is needed: an answer must be the one that the write has at its place, and the place must come after all that
/// anybody had learned of before the operation began (linearizability, Herlihy and Wing 1990).
///
/// How an operation ended is one of three: applied or served, certainly not applied, unknown.
struct Oracle {
    private struct Place {
        var result: CommandResult
        /// The revision of the whole state after the write.
        var revision: UInt64
        /// It changed something.
        var isEffective: Bool
        /// False while operations of the same group follow.
        var isEnd: Bool
    }

    private struct Version {
        var revision: UInt64
        /// 0 for no record.
        var writer: UInt64
    }

    /// By number of the operation.
    private var places: [Place?] = [nil]
    private var isRefused: [Bool] = [false]
    /// By number of the key, in the order of the log.
    private var versions: [[Version]] = Array(repeating: [], count: Operation.keyCount)
    /// The highest revision that any client has learned of.
    private(set) var floor: UInt64 = 0

    private(set) var acknowledged = 0
    private(set) var conditionsFailed = 0
    private(set) var refused = 0
    private(set) var unknown = 0
    private(set) var readsServed = 0
    private(set) var staleReadsServed = 0

    mutating func begin(_ number: UInt64) {
        precondition(number == UInt64(places.count), "operation \(number) begins out of order")
        places.append(nil)
        isRefused.append(false)
    }

    // MARK: The order of the log

    /// A command is committed. Returns what is wrong with that.
    mutating func commit(_ change: KeyValueState.Change) -> String? {
        if change.isEffective {
            versions[change.key].append(Version(revision: change.revision, writer: change.record?.writer ?? 0))
        }
        let number = change.writer
        if number == 0 { return nil }
        guard number < UInt64(places.count) else { return "operation \(number), which nobody began, is committed" }
        if isRefused[Int(number)] { return "operation \(number) is committed although its client was told it is not" }
        if let earlier = places[Int(number)], earlier.isEnd {
            return "operation \(number) is committed twice, at revisions \(earlier.revision) and \(change.revision)"
        }
        places[Int(number)] = Place(
            result: change.result, revision: change.revision, isEffective: change.isEffective,
            isEnd: change.endsCommand)
        return nil
    }

    // MARK: Answers

    /// A write was answered with a result.
    mutating func answer(_ operation: Operation, _ result: CommandResult) -> String? {
        guard let place = places[Int(operation.number)] else {
            return "\(operation.words) was answered with revision \(result.revision), and nobody has committed it"
        }
        if place.result != result {
            return "\(operation.words) was answered with \(result), and the log says \(place.result)"
        }
        if place.isEffective ? place.revision <= operation.floor : place.revision < operation.floor {
            return """
                \(operation.words) took effect at revision \(place.revision), before \(operation.floor), which was \
                known when it began
                """
        }
        if result.status == .applied { acknowledged += 1 } else { conditionsFailed += 1 }
        floor = max(floor, place.revision)
        return nil
    }

    /// A linearizable read was served.
    mutating func serve(_ operation: Operation, _ shown: ShownRecord) -> String? {
        if shown.revision < operation.floor {
            return """
                \(operation.words) was served at revision \(shown.revision), and \(operation.floor) was known when it \
                began
                """
        }
        readsServed += 1
        floor = max(floor, shown.revision)
        return judge(shown, key: operation.key, words: operation.words)
    }

    /// A read of whatever a node has. It may be old, but never wrong.
    mutating func serveStale(key: Int, _ shown: ShownRecord, node: String) -> String? {
        staleReadsServed += 1
        return judge(shown, key: key, words: "the stale read of key \(key) on \(node)")
    }

    private func judge(_ shown: ShownRecord, key: Int, words: String) -> String? {
        if shown.isDamaged { return "\(words) found a damaged record" }
        var place = versions[key].count - 1
        while place >= 0, versions[key][place].revision > shown.revision { place -= 1 }
        let version = place < 0 ? Version(revision: 0, writer: 0) : versions[key][place]
        let found = shown.record?.writer ?? 0
        // A record has the revision of the change that wrote it.
        if found == version.writer, shown.record == nil || shown.record?.revision == version.revision { return nil }
        return """
            \(words) found the value of operation \(found) at revision \(shown.revision), and the log has \
            \(version.writer) there
            """
    }

    /// The client was told that nothing was done.
    mutating func refuse(_ operation: Operation) -> String? {
        refused += 1
        guard operation.isWrite else { return nil }
        isRefused[Int(operation.number)] = true
        return places[Int(operation.number)] == nil
            ? nil : "\(operation.words) is committed, and its client was told that nothing was done"
    }

    /// The client was told that nobody knows, or was not answered.
    mutating func lose(_ operation: Operation) { unknown += 1 }
}
