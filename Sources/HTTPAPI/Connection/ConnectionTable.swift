internal import Accepting
internal import HotPath
internal import NIOCore

/// The connections of one event loop: the way back from a completion to the connection whose request waits for it, the
/// pass over the sockets, the sweep over the deadlines, and the end. Confined to its event loop.
final class ConnectionTable {
    private struct Slot {
        var connection: HTTPConnection?
        /// The connection is in the delivery under way.
        var isTouched = false
    }

    let services: LoopServices
    /// Of the whole server.
    let connections: OpenConnections
    /// No request is taken any more beyond those that are open.
    private(set) var isDraining = false

    private let recordReads: any RecordReading
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private var connectionCount = 0
    private var nextGeneration: UInt32 = 0
    private var touched: [UInt32] = []
    private var readShare = ReadShare()
    /// `endPass` will be called when all ready connections have been read.
    private var isPassEndDue = false
    private var lastSweep: NIODeadline
    private var drained: EventLoopPromise<Void>?

    init(
        services: LoopServices, recordReads: any RecordReading,
        connections: OpenConnections = OpenConnections(limit: .max)
    ) {
        self.services = services
        self.connections = connections
        self.recordReads = recordReads
        lastSweep = services.now
    }

    /// On the loop, before the first connection.
    func start() {
        services.readClock()
        lastSweep = services.now
        services.gateway.onBurstStarted = { [unowned self] in endPassLater() }
    }

    // MARK: Connections

    /// A place for a connection, which `remove` gives back.
    func takePlace() -> ConnectionPlace {
        let generation = nextGeneration
        nextGeneration &+= 1
        let slot = freeSlots.popLast() ?? UInt32(slots.count)
        if Int(slot) == slots.count { slots.append(Slot()) }
        return ConnectionPlace(sink: services.gateway.sink, slot: slot, generation: generation)
    }

    func add(_ connection: HTTPConnection, at place: ConnectionPlace) {
        precondition(slots[Int(place.slot)].connection == nil, "two connections have the same place")
        precondition(!isDraining, "a connection began after its loop was drained")
        slots[Int(place.slot)].connection = connection
        connectionCount += 1
    }

    func remove(_ connection: HTTPConnection, from place: ConnectionPlace) {
        let slot = Int(place.slot)
        precondition(slots[slot].connection === connection, "a connection left a slot that is not its own")
        slots[slot].connection = nil
        freeSlots.append(place.slot)
        connectionCount -= 1
        if connectionCount == 0 { finishDraining() }
    }

    private func connection(of tag: RequestTag) -> HTTPConnection? {
        let slot = Int(tag.connection)
        return slot < slots.count ? slots[slot].connection : nil
    }

    // MARK: The pass over the sockets

    /// A connection is read.
    func noteRead() {
        if readShare.isFirstInPass { services.readClock() }
        readShare.noteRead()
        endPassLater()
    }

    /// How much to read of the next connection.
    var readBytesMax: Int { readShare.bytesMax }

    private func endPassLater() {
        guard !isPassEndDue else { return }
        isPassEndDue = true
        // Tasks run when all ready connections have been read.
        services.eventLoop.assumeIsolated().execute { self.endPass() }
    }

    /// Hands on what the connections gathered, once for all of them.
    private func endPass() {
        isPassEndDue = false
        readShare.passEnded()
        services.gateway.postBurst()
        readWantedRecords()
    }

    // MARK: Records that are not in memory

    /// Asks a thread that may wait for the disk; `HTTPConnection.complete` gets the result. False, with nothing asked,
    /// if too many wait already.
    func wantRecord(_ read: RecordRead) -> Bool {
        guard services.records.want(read) else { return false }
        endPassLater()
        return true
    }

    private func readWantedRecords() {
        let wanted = services.records.takeWanted()
        guard !wanted.isEmpty else { return }
        let table = NIOLoopBound(self, eventLoop: services.eventLoop)
        recordReads.read(wanted) { [eventLoop = services.eventLoop] reads in
            eventLoop.execute { table.value.deliver(reads) }
        }
    }

    private func deliver(_ reads: [RecordRead]) {
        for read in reads {
            let isKept = connection(of: read.tag)?.complete(read.tag.request, record: read.result) ?? false
            if !isKept { services.records.release(1) }
        }
    }

    // MARK: Completions

    /// Gives each completion to its request, then lets every connection that got one answer, each with one flush.
    func deliver(_ completions: [Completion]) {
        precondition(touched.isEmpty, "completions were delivered inside a delivery")
        for completion in completions {
            let tag = completion.tag
            guard let connection = connection(of: tag) else { continue }
            guard connection.complete(tag.request, with: completion.outcome) else { continue }
            if !slots[Int(tag.connection)].isTouched {
                slots[Int(tag.connection)].isTouched = true
                touched.append(tag.connection)
            }
        }
        for place in touched.indices {
            let slot = Int(touched[place])
            slots[slot].isTouched = false
            slots[slot].connection?.sendAnswers()
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// The control plane's answer to a request.
    func deliver(prepared answer: ByteBuffer, to tag: RequestTag) {
        connection(of: tag)?.complete(tag.request, prepared: answer)
    }

    // MARK: Time

    /// Answers the requests that waited too long, closes the connections that are too slow, and renews what answers say
    /// about the node. Every `HTTPLimits.sweepIntervalMilliseconds`.
    func sweep() {
        services.readClock()
        services.writer.refreshNodeFields()
        services.reader.letGo()
        let pause = services.now - lastSweep
        lastSweep = services.now
        // While this process stood still, the bytes of its clients waited in the sockets.
        if pause > .milliseconds(HTTPLimits.stallMilliseconds) {
            for slot in slots.indices { slots[slot].connection?.restartReadClock() }
        }
        for slot in slots.indices { slots[slot].connection?.enforceDeadlines() }
    }

    // MARK: Shutdown

    /// Closes idle connections and lets the others answer what is open. `promise` succeeds when none is left.
    func drain(_ promise: EventLoopPromise<Void>) {
        precondition(!isDraining, "a loop was drained twice")
        isDraining = true
        drained = promise
        for slot in slots.indices { slots[slot].connection?.drain() }
        if connectionCount == 0 { finishDraining() }
    }

    /// Ends what is left: requests that wait are answered without their outcome, and the connections close.
    func closeAll() {
        for slot in slots.indices { slots[slot].connection?.giveUp() }
    }

    private func finishDraining() {
        drained?.succeed()
        drained = nil
    }
}
