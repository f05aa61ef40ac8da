internal import HotPath
internal import NIOCore
internal import RaftCore

/// The HTTP side of one event loop: the table of its connections, the pieces they share, and the way back from a
/// completion to the request that waits for it.
///
/// Confined to its event loop. A request is found in O(1): the tag's `connection` is a slot of the table, the upper
/// half of its `request` the incarnation of the connection in that slot, and the lower half the request's place in the
/// order of that connection. A slot is used again, an incarnation is not, so that a late completion never meets a
/// stranger.
final class HTTPLoop {
    let eventLoop: any EventLoop
    let gateway: any Submitting
    let reader: any KeyValueReader
    private let recordReads: any RecordReading
    let board: StatusBoard
    let control: any ClusterControl
    let settings: HTTPServerSettings

    /// The time at which the turn or the sweep under way began: cheap.
    private(set) var now: NIODeadline
    private var lastSweep: NIODeadline
    /// `X-Skiff-Node`, `-Leader` and `-Term` as they were at the last sweep, each behind a line break.
    private(set) var nodeFields: [UInt8] = []
    /// No request is taken any more beyond those that are open.
    private(set) var isDraining = false
    /// Bytes of bodies that connections of this loop hold.
    var collectedBytes = 0

    /// Connections that were read in the turn under way, and in the one before.
    private var readsInTurn = 0
    private var readsInLastTurn = 0
    /// `endTurn` will be called when all ready connections have been read.
    private var isTurnEndDue = false
    private var wantedRecords: [RecordRead] = []
    /// Records that connections wait for, or hold until their turn to answer.
    private var recordCount = 0

    private var slots: [HTTPConnectionHandler?] = []
    private var freeSlots: [UInt32] = []
    private var connectionCount = 0
    private var nextIncarnation: UInt32 = 0
    private var touched: [HTTPConnectionHandler] = []
    private var drained: EventLoopPromise<Void>?

    /// Lent to one connection at a time, so that answering needs no new memory.
    private var spareOutput = ByteBuffer()
    /// Where a body is built before its size goes into the head. Emptied by its user.
    var scratch = ByteBuffer()
    /// Where the operations of a batch are gathered. Emptied by its user.
    var batch = BatchContents()

    init(
        eventLoop: any EventLoop, gateway: any Submitting, reader: any KeyValueReader, recordReads: any RecordReading,
        board: StatusBoard, control: any ClusterControl, settings: HTTPServerSettings
    ) {
        self.eventLoop = eventLoop
        self.gateway = gateway
        self.reader = reader
        self.recordReads = recordReads
        self.board = board
        self.control = control
        self.settings = settings
        now = eventLoop.now
        lastSweep = now
        refreshNodeFields()
    }

    /// On the loop, before the first connection.
    func start() {
        now = eventLoop.now
        lastSweep = now
        gateway.onBurstStarted = { [unowned self] in endTurnLater() }
    }

    // MARK: Connections

    /// Takes a connection into the table and tells its slot and incarnation.
    func add(_ connection: HTTPConnectionHandler) -> (slot: UInt32, incarnation: UInt32) {
        let incarnation = nextIncarnation
        nextIncarnation &+= 1
        connectionCount += 1
        if let slot = freeSlots.popLast() {
            slots[Int(slot)] = connection
            return (slot, incarnation)
        }
        slots.append(connection)
        return (UInt32(slots.count - 1), incarnation)
    }

    func remove(_ connection: HTTPConnectionHandler) {
        precondition(slots[Int(connection.slot)] === connection, "a connection left a slot that is not its own")
        slots[Int(connection.slot)] = nil
        freeSlots.append(connection.slot)
        connectionCount -= 1
        if connectionCount == 0 { finishDraining() }
    }

    // MARK: Turns

    /// A connection is read.
    func noteRead() {
        if readsInTurn == 0 { now = eventLoop.now }
        readsInTurn += 1
        endTurnLater()
    }

    private func endTurnLater() {
        guard !isTurnEndDue else { return }
        isTurnEndDue = true
        // Tasks run when all ready connections have been read.
        eventLoop.assumeIsolated().execute { self.endTurn() }
    }

    /// What the connections gathered leaves the loop, once for all of them.
    private func endTurn() {
        isTurnEndDue = false
        readsInLastTurn = readsInTurn
        readsInTurn = 0
        gateway.postBurst()
        readWantedRecords()
    }

    /// How much to read of one connection, so that all that are ready get their turn soon.
    var readBytesMax: Int {
        let share = HTTPLimits.turnBytesTarget / max(readsInTurn, readsInLastTurn, 1)
        return min(max(share, HTTPLimits.readBytesMinUnderLoad), HTTPLimits.readBytesMax)
    }

    // MARK: Records on disk

    /// Has a record read that is not in memory; `HTTPConnectionHandler.completeRecord` gets it. False if too many wait
    /// already.
    func wantRecord(_ key: UnsafeRawBufferPointer, for tag: RequestTag, deadline: NIODeadline) -> Bool {
        guard recordCount < HTTPLimits.recordReadsMax else { return false }
        recordCount += 1
        wantedRecords.append(RecordRead(tag: tag, key: Array(key), deadline: deadline))
        endTurnLater()
        return true
    }

    /// Few enough are under way that a connection may ask for more than it needs next.
    var mayReadAhead: Bool { recordCount < HTTPLimits.recordReadsAheadOfAllMax }

    /// A connection holds so many records less.
    func releaseRecords(_ count: Int) { recordCount -= count }

    private func readWantedRecords() {
        guard !wantedRecords.isEmpty else { return }
        let wanted = wantedRecords
        wantedRecords.removeAll(keepingCapacity: true)
        let loop = NIOLoopBound(self, eventLoop: eventLoop)
        recordReads.read(wanted) { [eventLoop] reads in
            eventLoop.execute { loop.value.deliver(reads) }
        }
    }

    private func deliver(_ reads: [RecordRead]) {
        for read in reads {
            let connection = connection(of: read.tag)
            let isTaken = connection?.completeRecord(read.tag.request, with: read.result) ?? false
            if !isTaken { releaseRecords(1) }
        }
    }

    // MARK: Completions

    /// Gives each completion to its request, then lets every connection that got one answer, each with one flush.
    func deliver(_ completions: [Completion]) {
        precondition(touched.isEmpty, "completions were delivered inside a delivery")
        for completion in completions {
            guard let connection = connection(of: completion.tag) else { continue }
            guard connection.complete(completion.tag.request, with: .outcome(completion.outcome)) else { continue }
            if !connection.isTouched {
                connection.isTouched = true
                touched.append(connection)
            }
        }
        for place in touched.indices {
            let connection = touched[place]
            connection.isTouched = false
            connection.emit()
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// The answer to a control request.
    func deliver(prepared answer: ByteBuffer, to tag: RequestTag) {
        guard let connection = connection(of: tag) else { return }
        connection.completeControl(tag.request, with: answer)
    }

    private func connection(of tag: RequestTag) -> HTTPConnectionHandler? {
        let slot = Int(tag.connection)
        return slot < slots.count ? slots[slot] : nil
    }

    // MARK: Time

    /// Answers what waits too long, closes what moves too slowly, and renews what answers say about the node. Every
    /// `HTTPLimits.sweepIntervalMilliseconds`.
    func sweep() {
        now = eventLoop.now
        refreshNodeFields()
        let pause = now - lastSweep
        lastSweep = now
        // What clients sent while this process stood still lies in the sockets.
        if pause > .milliseconds(HTTPLimits.stallMilliseconds) {
            for slot in slots.indices { slots[slot]?.restartReadClocks() }
        }
        for slot in slots.indices { slots[slot]?.enforceDeadlines() }
    }

    /// When a request that arrives now has waited long enough; never early by the lateness of `now`.
    func deadline(afterMilliseconds milliseconds: UInt64) -> NIODeadline {
        now + .milliseconds(Int64(clamping: milliseconds) + HTTPLimits.sweepIntervalMilliseconds)
    }

    private func refreshNodeFields() {
        let status = board.current
        var fields = ByteBuffer()
        Self.writeField("X-Skiff-Node", status.nodeID.name, to: &fields)
        if let leader = status.leaderID { Self.writeField("X-Skiff-Leader", leader.name, to: &fields) }
        Self.writeField("X-Skiff-Term", "\(status.term)", to: &fields)
        nodeFields = Array(fields.readableBytesView)
    }

    private static func writeField(_ name: StaticString, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("\r\n")
        buffer.writeStaticString(name)
        buffer.writeStaticString(": ")
        buffer.writeFieldValue(value)
    }

    // MARK: Shutdown

    /// Closes idle connections and lets the others answer what is open. `promise` succeeds when none is left.
    func drain(_ promise: EventLoopPromise<Void>) {
        precondition(!isDraining, "a loop was drained twice")
        isDraining = true
        drained = promise
        for slot in slots.indices { slots[slot]?.drain() }
        if connectionCount == 0 { finishDraining() }
    }

    /// Ends what is left: what waits for an outcome is answered without one, and the connections close.
    func closeAll() {
        for slot in slots.indices { slots[slot]?.giveUp() }
    }

    private func finishDraining() {
        drained?.succeed()
        drained = nil
    }

    // MARK: Shared memory

    /// Lends the output buffer, empty. Given back with `giveBack`.
    func takeOutput() -> ByteBuffer {
        var output = ByteBuffer()
        swap(&output, &spareOutput)
        // Without a copy if the socket took all that was in it, which is the rule.
        output.clear(minimumCapacity: 4 << 10)
        return output
    }

    func giveBack(_ output: consuming ByteBuffer) {
        // Not the memory of a large answer, for ever.
        if output.storageCapacity <= 2 * HTTPLimits.writeBytesTarget { spareOutput = output }
    }
}

extension ByteBuffer {
    /// Appends text that goes into a header field; what could end the field is left out.
    mutating func writeFieldValue(_ text: String) {
        writeBytes(text.utf8.lazy.filter { $0 >= 0x20 && $0 != 0x7F })
    }
}
