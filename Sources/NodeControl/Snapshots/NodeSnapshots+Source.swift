internal import HotPath
internal import NIOCore
internal import PeerTransport
internal import RaftCore
internal import Storage

extension NodeSnapshots: SnapshotSource {
    func openSnapshot(
        _ request: SnapshotRequest, for peer: NodeID, answer: @escaping (SnapshotOpening) -> Void
    ) {
        guard let (offer, held, place) = resume(request, for: peer) else {
            return answer(.refused(SnapshotRefusal(takenBack: request.lastIncluded)))
        }
        run {
            Confided(try held.snapshot.reader(from: place))
        } then: { [self] result in
            switch result {
            case .success(let reader): answer(.open(HeldReader(reader, of: held, for: offer, self)))
            case .failure(let error): answer(.refused(unreadable(error)))
            }
        }
    }

    /// Part of the data could not be read: this node says so to its operator, and as a leader hands over. Its successor
    /// has another snapshot.
    func unreadable(_ error: any Error) -> SnapshotRefusal {
        if let failure = error as? StoreFailure { mailbox.post(.unreadable(failure)) }
        return SnapshotRefusal(.failed, "\(error)")
    }
}

extension SnapshotRefusal {
    fileprivate init(takenBack lastIncluded: LogID) {
        self.init(.gone, "the snapshot of entry \(lastIncluded) is not offered any more")
    }
}

/// One member's reading of a snapshot, as long as the member is offered that. On the loop; the rows are read on the
/// thread.
final class HeldReader: OpenSnapshot {
    private let offer: UInt64
    private let snapshots: NodeSnapshots
    private var held: NodeSnapshots.Held?
    private var reader: Confided<SnapshotReader>?

    init(
        _ reader: Confided<SnapshotReader>, of held: NodeSnapshots.Held, for offer: UInt64, _ snapshots: NodeSnapshots
    ) {
        self.reader = reader
        self.held = held
        self.offer = offer
        self.snapshots = snapshots
        id = held.id
    }

    let id: SnapshotID

    func readNext(_ done: @escaping (SnapshotRead) -> Void) {
        guard let reader, let held else { return }
        guard snapshots.isOffered(offer) else { return done(takenBack(held)) }
        snapshots.run { [bytesMax = snapshots.chunkBytesMax] () throws -> (chunk: ByteBuffer, end: SnapshotPlace)? in
            try reader.value.nextChunk(bytesMax: bytesMax).map { ($0, reader.value.place) }
        } then: { [self] result in
            guard snapshots.isOffered(offer) else { return done(takenBack(held)) }
            switch result {
            case .success(let read?):
                snapshots.note(read.end, of: offer)
                snapshots.mailbox.post(.sending(id: offer, bytes: read.chunk.readableBytes))
                done(.chunk(read.chunk))
            case .success(nil): readTotal(of: held, done)
            case .failure(let error): done(.refused(snapshots.unreadable(error)))
            }
        }
    }

    private func takenBack(_ held: NodeSnapshots.Held) -> SnapshotRead {
        .refused(SnapshotRefusal(takenBack: held.snapshot.lastIncluded))
    }

    /// Everything was read, also if the transfer was resumed. Else this reads everything once more.
    private func readTotal(of held: NodeSnapshots.Held, _ done: @escaping (SnapshotRead) -> Void) {
        let isWanted = Wanted()
        wanted = isWanted
        snapshots.run { () throws -> StateDigest? in
            try held.snapshot.total { isWanted.value }
        } then: { [self] result in
            // Without the account nobody installs what was sent.
            guard snapshots.isOffered(offer) else { return done(takenBack(held)) }
            switch result {
            case .success(let total?):
                snapshots.mailbox.post(.sent(id: offer))
                done(.end(total: total.encoded))
            case .success(nil): done(.refused(SnapshotRefusal(.gone, "nobody waits for the snapshot any more")))
            case .failure(let error): done(.refused(snapshots.unreadable(error)))
            }
        }
    }

    private var wanted: Wanted?

    func close() {
        wanted?.withdraw()
        guard let reader, let held else { return }
        self.reader = nil
        self.held = nil
        snapshots.letGo(of: Parting((reader, held)))
    }
}
