internal import HotPath
internal import Logging
internal import NIOCore
internal import PeerTransport
internal import RaftCore
internal import Storage

/// Snapshots between this node's store and other nodes: what the replica asks for, carried out by store and transport.
/// Confined to the replica's loop. The store is used on a thread for snapshots only, one piece of work after the other.
final class NodeSnapshots: SnapshotExchange {
    /// A snapshot of the store that members are offered. Those share one that ask for it at about the same time.
    final class Held: Sendable {
        let snapshot: StoredSnapshot
        let id: SnapshotID

        init(_ snapshot: StoredSnapshot, _ id: SnapshotID) {
            self.snapshot = snapshot
            self.id = id
        }
    }

    private struct Offer {
        var id: UInt64
        var member: NodeID
        /// Nil until it is made.
        var held: Held?
        /// Where the latest chunks end. The member continues at one of them after a connection broke.
        var places: [SnapshotPlace] = []
    }

    let mailbox: Mailbox
    let eventLoop: any EventLoop
    private let store: NodeStore
    private let thread: any Maintenance
    let chunkBytesMax: Int
    private let drawSeed: () -> UInt64
    private let logger: Logger
    /// Weak: the node owns both.
    weak var transport: PeerTransport?

    private var offers: [Offer] = []
    private var isMaking = false
    private var fetch: (id: UInt64, sink: IntakeSink)?
    /// The last one that was fetched in whole. The replica installs it, or gives it up.
    private var taken: (id: UInt64, snapshot: TakenSnapshot)?
    private var isFreeing = false

    init(
        of store: NodeStore, on eventLoop: any EventLoop, thread: any Maintenance, mailbox: Mailbox, chunkBytesMax: Int,
        drawSeed: @escaping () -> UInt64, logger: Logger
    ) {
        self.store = store
        self.eventLoop = eventLoop
        self.thread = thread
        self.mailbox = mailbox
        self.chunkBytesMax = chunkBytesMax
        self.drawSeed = drawSeed
        self.logger = logger
    }

    // MARK: To members

    func prepare(for member: NodeID, id: UInt64, oldest: LogIndex) {
        let shared = offers.lazy.compactMap(\.held).first { $0.snapshot.lastIncluded.index >= oldest }
        offers.append(Offer(id: id, member: member))
        if let shared { hand(shared, at: offers.count - 1) } else { makeIfDue() }
    }

    func release(id: UInt64) {
        guard let place = offers.firstIndex(where: { $0.id == id }) else { return }
        if let held = offers.remove(at: place).held, !offers.contains(where: { $0.held === held }) {
            letGo(of: Parting(held))
        }
    }

    private func makeIfDue() {
        guard !isMaking, offers.contains(where: { $0.held == nil }) else { return }
        isMaking = true
        run { [store] in
            try store.makeSnapshot()
        } then: { [self] result in
            isMaking = false
            switch result {
            case .success(let snapshot?):
                let held = Held(snapshot, makeID())
                for place in offers.indices where offers[place].held == nil { hand(held, at: place) }
                if !offers.contains(where: { $0.held === held }) { letGo(of: Parting(held)) }
            case .success(nil): giveUp("no entry is applied")
            case .failure(let error): giveUp("\(error)")
            }
        }
    }

    private func makeID() -> SnapshotID {
        // 0 comes up once in all ages, and then 1 does as well.
        SnapshotID(max(drawSeed(), 1))!
    }

    private func hand(_ held: Held, at place: Int) {
        offers[place].held = held
        mailbox.post(.ready(id: offers[place].id, lastIncluded: held.snapshot.lastIncluded))
    }

    private func giveUp(_ reason: String) {
        logger.error("a snapshot for other nodes could not be made: \(reason)")
        for offer in offers where offer.held == nil { mailbox.post(.unavailable(id: offer.id)) }
        offers.removeAll { $0.held == nil }
    }

    /// Whether the offer of this number has not been taken back.
    func isOffered(_ id: UInt64) -> Bool { offers.contains { $0.id == id } }

    /// A chunk was read for the offer of this number up to this place.
    func note(_ place: SnapshotPlace, of id: UInt64) {
        guard let number = offers.firstIndex(where: { $0.id == id }) else { return }
        offers[number].places.append(place)
        // That after the last chunk taken is one of them.
        if offers[number].places.count > SnapshotTransfer.chunksAheadMax + 1 { offers[number].places.removeFirst() }
    }

    /// The snapshot that `member` is offered, if it is this one, and where it wants to continue. What comes after that
    /// is read again.
    func resume(
        _ request: SnapshotRequest, for member: NodeID
    ) -> (offer: UInt64, held: Held, place: SnapshotPlace)? {
        guard let number = offers.firstIndex(where: { $0.member == member }), let held = offers[number].held,
            held.snapshot.lastIncluded == request.lastIncluded, request.id.map({ $0 == held.id }) ?? true
        else { return nil }
        let key = Array(request.position.readableBytesView)
        let place = offers[number].places.last { $0.key == key } ?? SnapshotPlace(after: key)
        offers[number].places = [place]
        return (offers[number].id, held, place)
    }

    // MARK: From the leader

    func fetch(_ lastIncluded: LogID, from leader: NodeID, id: UInt64) {
        let sink = IntakeSink(of: self)
        fetch = (id, sink)
        taken = nil
        run { [store] in
            Confided(try store.makeIntake(for: lastIncluded))
        } then: { [self] result in
            guard fetch?.id == id else { return }
            switch result {
            case .success(let intake):
                sink.intake = intake
                guard let transport else { return fetchEnded(id, .cancelled) }
                transport.fetchSnapshot(SnapshotRequest(lastIncluded: lastIncluded), from: leader, into: sink) {
                    [self] end in fetchEnded(id, end)
                }
            case .failure(let error): fetchEnded(id, .failed("\(error)"))
            }
        }
    }

    func fetchEnded(_ id: UInt64, _ end: SnapshotFetchEnd) {
        guard let (current, sink) = fetch, current == id else { return }
        fetch = nil
        switch end {
        case .complete:
            // Only a sink with an intake was handed to the transport.
            let snapshot = TakenSnapshot(sink.intake!, for: store)
            taken = (id, snapshot)
            return mailbox.post(.fetched(id: id, snapshot))
        case .gone(let reason), .failed(let reason):
            logger.warning("a snapshot could not be fetched; the leader offers another one: \(reason)")
        case .cancelled: break
        }
        removeFiles(of: sink)
        mailbox.post(.unavailable(id: id))
    }

    func cancelFetch(id: UInt64) {
        if let (current, sink) = fetch, current == id {
            fetch = nil
            transport?.cancelSnapshotFetch()
            removeFiles(of: sink)
        } else if let (current, snapshot) = taken, current == id {
            taken = nil
            if snapshot.giveUp() { removeFiles(of: nil) }
        }
    }

    /// Gives the room on the disk back at once: there may be no other fetch for long. The thread takes jobs in order,
    /// so this one comes after what the sink was asked for, and before the intake of the next fetch.
    private func removeFiles(of sink: IntakeSink?) {
        let intake = sink.map { Parting($0.intake) }
        sink?.intake = nil
        run { [store] in
            // It may have a file open.
            intake?.take()
            try store.removeIntakeFiles()
        } then: { [logger] result in
            if case .failure(let error) = result {
                logger.warning("the files of a snapshot stay on the disk until the next one, or a start: \(error)")
            }
        }
    }

    /// Frees the disk from data that a snapshot has replaced, once their last reader has let go of them, who may be an
    /// event loop and must not do it. Call now and then.
    func freeReplacedData() {
        guard !isFreeing, store.facts.hasReplacedData else { return }
        isFreeing = true
        run { [store] in
            try store.freeReplacedData()
        } then: { [self] result in
            isFreeing = false
            if case .failure(let error) = result {
                logger.warning("the data before a snapshot stay on the disk for now: \(error)")
            }
        }
    }

    var transfers: [SnapshotProgress] { transport?.snapshotTransfers ?? [] }

    /// Lets go of everything, before the store is closed.
    func end() {
        for offer in offers { release(id: offer.id) }
        if let fetch { cancelFetch(id: fetch.id) }
    }

    // MARK: The thread

    /// Carries out `body` on the thread and calls `then` on the loop.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value, then: @escaping (Result<Value, any Error>) -> Void
    ) {
        thread.run(on: eventLoop, body).assumeIsolated().whenComplete(then)
    }

    /// RocksDB frees what a snapshot or an iterator has kept, which may need its lock and the disk.
    func letGo<Value>(of last: Parting<Value>) {
        run {
            last.take()
        } then: { _ in
        }
    }
}
