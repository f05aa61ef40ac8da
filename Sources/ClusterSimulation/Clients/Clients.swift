/// The operations under way, of all clients.
struct Clients {
    /// By number, from 1 on; closed ones stay, so that a second answer is noticed.
    private(set) var operations: [Operation] = []
    /// By client: the numbers of those that it still waits for, oldest first.
    private var open: [[UInt64]]
    /// By key: the last revision that anybody saw there, for conditions that have a chance.
    var revisionsSeen: [UInt64] = Array(repeating: 0, count: Operation.keyCount)

    init(count: Int) { open = Array(repeating: [], count: count) }

    var nextNumber: UInt64 { UInt64(operations.count) + 1 }

    var openCount: Int { open.reduce(0) { $0 + $1.count } }

    /// The key of an operation; nil if nobody began it.
    func key(of number: UInt64) -> Int? {
        number >= 1 && number < nextNumber ? operations[Int(number) - 1].key : nil
    }

    mutating func begin(_ operation: Operation) {
        precondition(operation.number == nextNumber, "operation \(operation.number) begins out of order")
        operations.append(operation)
        open[operation.client].append(operation.number)
    }

    /// An operation was answered. Nil if there is none, or if it was answered before; its client may have given up.
    mutating func answer(_ number: UInt64) -> Operation? {
        guard number >= 1, number < nextNumber, operations[Int(number) - 1].state != .answered else { return nil }
        operations[Int(number) - 1].state = .answered
        let operation = operations[Int(number) - 1]
        open[operation.client].removeAll { $0 == number }
        return operation
    }

    private mutating func abandon(_ number: UInt64, _ oracle: inout Oracle) {
        operations[Int(number) - 1].state = .abandoned
        oracle.lose(operations[Int(number) - 1])
    }

    /// Ends those of a client that it does not wait for any longer.
    mutating func giveUp(client: Int, now: UInt64, oracle: inout Oracle) {
        while let number = open[client].first, operations[Int(number) - 1].deadline <= now {
            open[client].removeFirst()
            abandon(number, &oracle)
        }
    }

    /// The connections to a node are gone.
    mutating func lose(on node: Int, oracle: inout Oracle) {
        for client in open.indices {
            for number in open[client] where operations[Int(number) - 1].node == node { abandon(number, &oracle) }
            open[client].removeAll { operations[Int($0) - 1].state != .open }
        }
    }
}
