import NIOCore
import PeerTransport
import RaftCore

@testable import ClusterSimulation

/// The snapshots of a process of a lab. Reading takes its time. A position is the number of chunks before it.
final class LabSource: SnapshotSource {
    private let loop: SimulatedLoop
    private var draw: Draw
    private let chunkBytesMax: Int
    private let readMicrosecondsMax: Int
    private(set) var id: SnapshotID
    private(set) var chunks: [ByteBuffer] = []
    private(set) var requests: [SnapshotRequest] = []
    private(set) var openCount = 0

    init(
        _ process: LabProcess, id: UInt64, chunks count: Int, chunkBytesMax: Int = 80 << 10, readMicrosecondsMax: Int
    ) {
        loop = process.loop
        draw = Draw(seed: id, concern: 7)
        self.chunkBytesMax = chunkBytesMax
        self.readMicrosecondsMax = readMicrosecondsMax
        self.id = Self.id(id)
        chunks = makeChunks(count)
        process.transport.snapshotSource = self
    }

    private static func id(_ number: UInt64) -> SnapshotID {
        guard let id = SnapshotID(number) else { preconditionFailure("a snapshot has the id 0") }
        return id
    }

    /// Another snapshot takes the place of the one that there was.
    func replace() {
        id = Self.id(id.rawValue + 1)
        chunks = makeChunks(chunks.count)
    }

    private func makeChunks(_ count: Int) -> [ByteBuffer] {
        (0..<count).map { _ in
            ByteBuffer(repeating: UInt8(draw.below(256)), count: draw.within(1...chunkBytesMax))
        }
    }

    /// The account of the snapshot that there is.
    var total: ByteBuffer { ByteBuffer(string: "\(chunks.count) chunks of \(id.rawValue)") }

    func openSnapshot(_ request: SnapshotRequest, for peer: NodeID, answer: @escaping (SnapshotOpening) -> Void) {
        requests.append(request)
        later { [self] in
            openCount += 1
            let start = request.position.getInteger(at: request.position.readerIndex, as: UInt32.self) ?? 0
            answer(.open(Reader(of: self, at: Int(start))))
        }
    }

    fileprivate func later(_ body: @escaping () -> Void) {
        let delay = TimeAmount.microseconds(Int64(draw.within(1...readMicrosecondsMax)))
        loop.assumeIsolated().scheduleTask(in: delay, body)
    }

    private final class Reader: OpenSnapshot {
        private let source: LabSource
        let id: SnapshotID
        private var next: Int
        private var isClosed = false

        init(of source: LabSource, at next: Int) {
            self.source = source
            id = source.id
            self.next = next
        }

        func readNext(_ done: @escaping (SnapshotRead) -> Void) {
            precondition(!isClosed, "a closed snapshot is read")
            source.later { [self] in
                guard source.id == id else { return done(.refused(SnapshotRefusal(.gone, "it was replaced"))) }
                guard next < source.chunks.count else { return done(.end(total: source.total)) }
                next += 1
                done(.chunk(source.chunks[next - 1]))
            }
        }

        func close() {
            precondition(!isClosed, "a snapshot is closed twice")
            isClosed = true
            source.openCount -= 1
        }
    }
}
