import NIOCore
import PeerTransport
import RaftCore

@testable import ClusterSimulation

/// A snapshot that a process of a lab fetches. Its disk takes its time.
final class LabSink: SnapshotSink {
    static let lastIncluded = LogID(index: LogIndex(9), term: Term(6))

    private let loop: SimulatedLoop
    private var draw: Draw
    private let writeMicrosecondsMax: Int
    private(set) var chunks: [ByteBuffer] = []
    private(set) var total: ByteBuffer?
    private(set) var end: SnapshotFetchEnd?
    private var isBusy = false

    /// Begins to fetch from the process on `machine`.
    init(_ process: LabProcess, from machine: Int, seed: UInt64, writeMicrosecondsMax: Int) {
        loop = process.loop
        draw = Draw(seed: seed, concern: 8)
        self.writeMicrosecondsMax = writeMicrosecondsMax
        let request = SnapshotRequest(lastIncluded: Self.lastIncluded)
        process.transport.fetchSnapshot(request, from: StreamLab.id(machine), into: self) { [weak self] end in
            precondition(self?.end == nil, "a fetch ends twice")
            self?.end = end
        }
    }

    func take(_ chunk: ByteBuffer, done: @escaping (Result<ByteBuffer, SnapshotSinkFailure>) -> Void) {
        later { [self] in
            chunks.append(chunk)
            done(.success(ByteBuffer(integer: UInt32(chunks.count))))
        }
    }

    func finish(total: ByteBuffer, done: @escaping (Result<Void, SnapshotSinkFailure>) -> Void) {
        later { [self] in
            self.total = total
            done(.success(()))
        }
    }

    private func later(_ body: @escaping () -> Void) {
        precondition(!isBusy, "a sink is called during another call")
        isBusy = true
        let delay = TimeAmount.microseconds(Int64(draw.within(1...writeMicrosecondsMax)))
        loop.assumeIsolated().scheduleTask(in: delay) { [self] in
            isBusy = false
            body()
        }
    }
}
