internal import HotPath
internal import KeyValue
internal import NIOCore
internal import PeerTransport
internal import RaftCore
internal import Storage

/// Where the chunks of the snapshot go that this node fetches. On the loop; they are written on the thread.
final class IntakeSink: SnapshotSink {
    /// Set before the first chunk comes.
    var intake: Confided<SnapshotIntake>?
    private let snapshots: NodeSnapshots

    init(of snapshots: NodeSnapshots) { self.snapshots = snapshots }

    func take(_ chunk: ByteBuffer, done: @escaping (Result<ByteBuffer, SnapshotSinkFailure>) -> Void) {
        work(done) { intake throws(IntakeRefusal) in
            try intake.add(chunk)
            return ByteBuffer(bytes: intake.lastKey)
        }
    }

    func finish(total: ByteBuffer, done: @escaping (Result<Void, SnapshotSinkFailure>) -> Void) {
        work(done) { intake throws(IntakeRefusal) in
            guard let total = StateDigest(encoded: total) else {
                throw IntakeRefusal(.laterRelease, "the account of a snapshot is of another release")
            }
            try intake.finish(total)
        }
    }

    private func work<Value: Sendable>(
        _ done: @escaping (Result<Value, SnapshotSinkFailure>) -> Void,
        _ body: @escaping @Sendable (SnapshotIntake) throws(IntakeRefusal) -> Value
    ) {
        guard let intake else { preconditionFailure("a snapshot arrives that nobody takes in") }
        snapshots.run { () throws -> Result<Value, IntakeRefusal> in
            Result { () throws(IntakeRefusal) in try body(intake.value) }
        } then: { result in
            switch result {
            case .success(.success(let value)): done(.success(value))
            case .success(.failure(let refusal)):
                // Also one of the disk: no promise of this node depends on the files of an intake.
                done(.failure(SnapshotSinkFailure(refusal.message)))
            case .failure(let error): done(.failure(SnapshotSinkFailure("\(error)")))
            }
        }
    }
}
