/// The operations of clients with their answers, and whether one linearizable store could have given these.
///
/// Revisions make the check cheap: they number all changes of the store, so acknowledged writes state their place in
/// one order. The check only compares this order with the clock.
struct OperationHistory: Sendable {
    struct Operation: Sendable {
        enum Kind: Sendable {
            /// Acknowledged with this revision.
            case write
            /// Answered with the record of this revision, 0 if the key was absent.
            case read
        }

        var kind: Kind
        var key: String
        /// The value written or read, which identifies the write, because no two writes have the same value.
        var value: String
        var revision: UInt64
        var start: ContinuousClock.Instant
        var end: ContinuousClock.Instant
    }

    var operations: [Operation] = []
    /// When each write began, answered or not, by its value.
    var begun: [String: ContinuousClock.Instant] = [:]
    /// Writes with an unknown outcome.
    var unknownCount = 0
    /// Answers that do not say whether the operation was applied.
    var misplaced: [String] = []

    mutating func merge(_ other: OperationHistory) {
        operations += other.operations
        begun.merge(other.begun) { first, _ in first }
        unknownCount += other.unknownCount
        misplaced += other.misplaced
    }

    /// A sentence for each answer that no linearizable store could have given.
    func contradictions() -> [String] {
        contradictionsOfWrites() + contradictionsOfReads()
    }

    /// Each write has its own revision, and a write that began after the end of another has a higher one.
    private func contradictionsOfWrites() -> [String] {
        var contradictions: [String] = []
        var owner: [UInt64: String] = [:]
        let writes = operations.filter { $0.kind == .write }
        for write in writes {
            if let other = owner.updateValue(write.value, forKey: write.revision) {
                contradictions.append("\(other) and \(write.value) have the same revision \(write.revision)")
            }
        }
        return contradictions
            + steps(of: writes).compactMap { write, floor in
                floor.revision < write.revision
                    ? nil : "\(write.value) has revision \(write.revision), after the end of \(floor.name)"
            }
    }

    /// A read returns a value at least as new as those written or read before it began, and none that was begun after
    /// its end.
    private func contradictionsOfReads() -> [String] {
        var contradictions: [String] = []
        for (key, sameKey) in Dictionary(grouping: operations, by: \.key).sorted(by: { $0.key < $1.key }) {
            for (operation, floor) in steps(of: sameKey) where operation.kind == .read {
                if operation.revision < floor.revision {
                    contradictions.append(
                        "\(key) was read at revision \(operation.revision), after the end of \(floor.name)")
                }
            }
            let values = Dictionary(
                sameKey.filter { $0.kind == .write }.map { ($0.revision, $0.value) },
                uniquingKeysWith: { first, _ in first })
            for read in sameKey where read.kind == .read && read.revision > 0 {
                if let value = values[read.revision], value != read.value {
                    contradictions.append(
                        "\(key) had \(value) at revision \(read.revision), and \(read.value) was read")
                }
                guard let begun = begun[read.value], begun <= read.end else {
                    contradictions.append("\(key): \(read.value) was read before anybody wrote it")
                    continue
                }
            }
        }
        return contradictions
    }

    private struct Floor {
        var revision: UInt64 = 0
        var name = "nothing"
    }

    /// Each operation with the highest revision among those that had ended before it began.
    private func steps(of operations: [Operation]) -> [(Operation, Floor)] {
        let byStart = operations.sorted { $0.start < $1.start }
        let byEnd = operations.sorted { $0.end < $1.end }
        var ended = 0
        var floor = Floor()
        return byStart.map { operation in
            while ended < byEnd.count, byEnd[ended].end < operation.start {
                let other = byEnd[ended]
                if other.revision > floor.revision {
                    floor = Floor(
                        revision: other.revision, name: "\(other.kind) of \(other.value), revision \(other.revision)")
                }
                ended += 1
            }
            return (operation, floor)
        }
    }
}
