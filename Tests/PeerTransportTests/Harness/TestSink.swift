import NIOCore

@testable import PeerTransport

/// Keeps the chunks of a snapshot. Confined to the loop.
final class TestSink: SnapshotSink {
    private(set) var chunks: [ByteBuffer] = []
    private(set) var total: ByteBuffer?
    private(set) var ends: [SnapshotFetchEnd] = []
    /// Answers nothing until `release`.
    private var isHolding: Bool
    private var held: (() -> Void)?
    private let failure: SnapshotSinkFailure?

    init(isHolding: Bool = false, failure: SnapshotSinkFailure? = nil) {
        self.isHolding = isHolding
        self.failure = failure
    }

    func take(_ chunk: ByteBuffer, done: @escaping (Result<ByteBuffer, SnapshotSinkFailure>) -> Void) {
        chunks.append(chunk)
        let position = TestSource.position(after: chunks.count)
        answer { [failure] in done(failure.map { .failure($0) } ?? .success(position)) }
    }

    func finish(total: ByteBuffer, done: @escaping (Result<Void, SnapshotSinkFailure>) -> Void) {
        self.total = total
        answer { done(.success(())) }
    }

    private func answer(_ body: @escaping () -> Void) {
        precondition(held == nil, "a sink is called during another call")
        if isHolding { held = body } else { body() }
    }

    func release() {
        isHolding = false
        let body = held
        held = nil
        body?()
    }

    func note(_ end: SnapshotFetchEnd) { ends.append(end) }
}
