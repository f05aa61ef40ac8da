internal import HotPath

/// Links between nodes, and the messages on their way. A link is a session between two processes: each end learns for
/// itself that it is open or closed, and what was sent in an earlier session is gone, unless it is replayed.
struct Network {
    /// What one node knows of its link to another.
    struct End {
        var isWanted = false
        var isOpen = false
        /// When it was opened last.
        var openedAt: UInt64 = 0
        /// The session that this end takes part in, from the moment in which it was agreed on; 0 for none.
        var session: UInt64 = 0
        /// When the last message of this end arrives, so that none overtakes it.
        var lastArrival: UInt64 = 0
        /// Cuts that are in force from this end to the other, by their numbers.
        var cuts: [UInt64] = []
    }

    /// A message on its way.
    struct Flight {
        var message: PeerMessage
        var from: Int
        var to: Int
        var session: UInt64
        /// The life of the process that sent it.
        var life: UInt32
        /// It arrives in whatever session there is.
        var isReplay: Bool
    }

    let nodeCount: Int
    private var ends: [End]
    private var flights: [Flight?] = []
    private var freeFlights: [Int] = []
    private var sessions: UInt64 = 0

    init(nodeCount: Int) {
        self.nodeCount = nodeCount
        ends = Array(repeating: End(), count: nodeCount * nodeCount)
    }

    private func place(_ from: Int, _ to: Int) -> Int { from * nodeCount + to }

    // MARK: Links

    func isOpen(from: Int, to: Int) -> Bool { ends[place(from, to)].isOpen }

    func openedAt(from: Int, to: Int) -> UInt64 { ends[place(from, to)].openedAt }

    func session(from: Int, to: Int) -> UInt64 { ends[place(from, to)].session }

    /// Whether the two nodes have a link or are about to.
    func hasSession(_ one: Int, _ other: Int) -> Bool {
        ends[place(one, other)].session != 0 || ends[place(other, one)].session != 0
    }

    func isWanted(_ one: Int, _ other: Int) -> Bool {
        ends[place(one, other)].isWanted || ends[place(other, one)].isWanted
    }

    func wanted(from node: Int) -> [Int] { (0..<nodeCount).filter { ends[place(node, $0)].isWanted } }

    mutating func want(from node: Int, _ peers: [Int]) {
        for peer in 0..<nodeCount { ends[place(node, peer)].isWanted = peers.contains(peer) }
    }

    /// Both ends agree on a new session. Each is open when `setOpen` says so.
    mutating func agree(_ one: Int, _ other: Int) -> UInt64 {
        sessions += 1
        for end in [place(one, other), place(other, one)] {
            ends[end].session = sessions
            ends[end].isOpen = false
            ends[end].lastArrival = 0
        }
        return sessions
    }

    /// False if the news is of another session than the end takes part in.
    mutating func setOpen(_ isOpen: Bool, from: Int, to: Int, session: UInt64, now: UInt64) -> Bool {
        let end = place(from, to)
        guard ends[end].session == session, ends[end].isOpen != isOpen || !isOpen else { return false }
        ends[end].isOpen = isOpen
        if isOpen { ends[end].openedAt = now } else { ends[end].session = 0 }
        return true
    }

    /// A process is gone, and with it its ends.
    mutating func forget(_ node: Int) {
        for peer in 0..<nodeCount {
            ends[place(node, peer)].isOpen = false
            ends[place(node, peer)].session = 0
            ends[place(node, peer)].isWanted = false
        }
    }

    // MARK: Cuts

    func isCut(from: Int, to: Int) -> Bool { !ends[place(from, to)].cuts.isEmpty }

    mutating func cut(from: Int, to: Int, number: UInt64) { ends[place(from, to)].cuts.append(number) }

    mutating func mend(from: Int, to: Int, number: UInt64) {
        ends[place(from, to)].cuts.removeAll { $0 == number }
    }

    mutating func mendAll() { for end in ends.indices { ends[end].cuts.removeAll() } }

    // MARK: Messages

    /// The earliest time after `time` at which a message keeps its place in the stream.
    mutating func arrival(from: Int, to: Int, notBefore time: UInt64) -> UInt64 {
        let end = place(from, to)
        ends[end].lastArrival = max(ends[end].lastArrival + 1, time)
        return ends[end].lastArrival
    }

    mutating func launch(_ flight: Flight) -> Int {
        if let free = freeFlights.popLast() {
            flights[free] = flight
            return free
        }
        flights.append(flight)
        return flights.count - 1
    }

    mutating func land(_ number: Int) -> Flight {
        guard let flight = flights[number] else { preconditionFailure("flight \(number) landed twice") }
        flights[number] = nil
        freeFlights.append(number)
        return flight
    }
}
