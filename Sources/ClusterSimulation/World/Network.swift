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
        /// The life of the process at the other end.
        var peerLife: UInt32 = 0
        /// The life of the process to which this end had an open link when it agreed on another session: that one takes
        /// the place of the open one without a close in between.
        var formerLife: UInt32?
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

    /// Whether one of the two nodes has a link to the other or is about to, as far as it knows.
    func hasSession(_ one: Int, _ other: Int) -> Bool {
        ends[place(one, other)].session != 0 || ends[place(other, one)].session != 0
    }

    /// Whether both have, and it is the same one.
    func shareSession(_ one: Int, _ other: Int) -> Bool {
        let session = ends[place(one, other)].session
        return session != 0 && session == ends[place(other, one)].session
    }

    /// Of two links between the same two processes the one that the lower node dialled stays, so the lower node refuses
    /// another link as long as it knows nothing of the end of the one it has.
    func refusesAnother(low: Int, high: Int, lifeOfHigh: UInt32) -> Bool {
        let end = ends[place(low, high)]
        return end.session != 0 && end.peerLife == lifeOfHigh
    }

    func isWanted(_ one: Int, _ other: Int) -> Bool {
        ends[place(one, other)].isWanted || ends[place(other, one)].isWanted
    }

    func wanted(from node: Int) -> [Int] { (0..<nodeCount).filter { ends[place(node, $0)].isWanted } }

    /// The node wants links to exactly these. Returns those to which it wanted one before.
    mutating func want(from node: Int, _ peers: [Int]) -> [Int] {
        var unwanted: [Int] = []
        for peer in 0..<nodeCount {
            let end = place(node, peer)
            let isWanted = peers.contains(peer)
            if ends[end].isWanted, !isWanted { unwanted.append(peer) }
            ends[end].isWanted = isWanted
        }
        return unwanted
    }

    /// The node gives its end of a link up. Returns the session that ends with that; 0 if there was none.
    mutating func drop(from node: Int, to peer: Int) -> UInt64 {
        let end = place(node, peer)
        let session = ends[end].session
        ends[end].isOpen = false
        ends[end].session = 0
        ends[end].formerLife = nil
        return session
    }

    /// Both ends agree on a new session. Each is open when `setOpen` says so.
    mutating func agree(_ one: Int, life: UInt32, _ other: Int, lifeOfOther: UInt32) -> UInt64 {
        sessions += 1
        for (end, peerLife) in [(place(one, other), lifeOfOther), (place(other, one), life)] {
            if ends[end].isOpen { ends[end].formerLife = ends[end].peerLife }
            ends[end].session = sessions
            ends[end].peerLife = peerLife
            ends[end].isOpen = false
            ends[end].lastArrival = 0
        }
        return sessions
    }

    /// What the link that opens at this end takes the place of.
    enum Former {
        case none
        /// A link to the same process.
        case sameProcess
        case earlierProcess
    }

    mutating func takeFormer(from: Int, to: Int) -> Former {
        let end = place(from, to)
        guard let life = ends[end].formerLife else { return .none }
        ends[end].formerLife = nil
        return life == ends[end].peerLife ? .sameProcess : .earlierProcess
    }

    /// False if the news is of another session than the end takes part in.
    mutating func setOpen(_ isOpen: Bool, from: Int, to: Int, session: UInt64, now: UInt64) -> Bool {
        let end = place(from, to)
        guard ends[end].session == session, ends[end].isOpen != isOpen || !isOpen else { return false }
        ends[end].isOpen = isOpen
        if isOpen { ends[end].openedAt = now } else { _ = drop(from: from, to: to) }
        return true
    }

    /// A process is gone, and with it its ends.
    mutating func forget(_ node: Int) {
        for peer in 0..<nodeCount {
            _ = drop(from: node, to: peer)
            ends[place(node, peer)].isWanted = false
        }
    }

    // MARK: Cuts

    func isCut(from: Int, to: Int) -> Bool { !ends[place(from, to)].cuts.isEmpty }

    /// The numbers of the cuts in force.
    func cuts(from: Int, to: Int) -> [UInt64] { ends[place(from, to)].cuts }

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
