import NIOCore
import RaftCore

@testable import PeerTransport

/// A snapshot of a test: chunks with the number of those before them as their position. Confined to the loop.
final class TestSource: SnapshotSource {
    var chunks: [ByteBuffer]
    var id: SnapshotID
    /// Answers neither that it is open nor reads.
    var isStuck = false
    /// Reads are answered by `answerSlowReads` only.
    var isSlow = false
    fileprivate(set) var slowReads: [() -> Void] = []
    fileprivate(set) var requests: [SnapshotRequest] = []
    fileprivate(set) var readCount = 0
    fileprivate(set) var openCount = 0
    fileprivate(set) var openCountMax = 0

    init(_ chunks: [ByteBuffer], id: UInt64 = 7) {
        self.chunks = chunks
        guard let id = SnapshotID(id) else { preconditionFailure("a snapshot has the id 0") }
        self.id = id
    }

    static func position(after count: Int) -> ByteBuffer { ByteBuffer(integer: UInt32(count)) }

    func openSnapshot(_ request: SnapshotRequest, for peer: NodeID, answer: @escaping (SnapshotOpening) -> Void) {
        requests.append(request)
        guard !isStuck else { return }
        openCount += 1
        openCountMax = max(openCountMax, openCount)
        let start = request.position.getInteger(at: request.position.readerIndex, as: UInt32.self) ?? 0
        answer(.open(Reader(of: self, at: Int(start))))
    }

    /// From now on reads are answered at once again.
    func answerSlowReads() {
        isSlow = false
        let reads = slowReads
        slowReads = []
        for read in reads { read() }
    }

    private final class Reader: OpenSnapshot {
        private let source: TestSource
        let id: SnapshotID
        private var next: Int

        init(of source: TestSource, at next: Int) {
            self.source = source
            id = source.id
            self.next = next
        }

        func readNext(_ done: @escaping (SnapshotRead) -> Void) {
            source.readCount += 1
            guard !source.isStuck else { return }
            if source.isSlow { return source.slowReads.append { [self] in answer(done) } }
            answer(done)
        }

        private func answer(_ done: (SnapshotRead) -> Void) {
            guard source.id == id else { return done(.refused(SnapshotRefusal(.gone, "it was replaced"))) }
            guard next < source.chunks.count else { return done(.end(total: ByteBuffer(string: "\(next) chunks"))) }
            next += 1
            done(.chunk(source.chunks[next - 1]))
        }

        func close() { source.openCount -= 1 }
    }
}
