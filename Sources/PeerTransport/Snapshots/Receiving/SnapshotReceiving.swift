/// Which frame the receiver of a snapshot may receive when, on one connection. Knows no socket and no bytes.
///
/// ```
///   awaitingOpening ── opened ──► receiving ── end or refused ──► ended
/// ```
struct SnapshotReceiving: ~Copyable {
    private enum Phase: Hashable { case awaitingOpening, receiving, ended }

    private var phase = Phase.awaitingOpening
    /// Chunks that the sender may send now.
    private(set) var credits: Int

    /// The sender may send as many chunks at first as there is room for.
    init(credits: Int) {
        precondition((1...TransportLimits.snapshotCreditsMax).contains(credits), "\(credits) credits at first")
        self.credits = credits
    }

    enum Action: Hashable {
        case note(SnapshotID)
        case take
        case complete
        case heed(SnapshotRefusal)
        case violation(String)
    }

    mutating func received(_ frame: SnapshotFrame) -> Action {
        switch frame {
        case .opened(let id):
            guard phase == .awaitingOpening else { return outOfPlace(frame) }
            phase = .receiving
            return .note(id)
        case .chunk:
            guard phase == .receiving else { return outOfPlace(frame) }
            guard credits > 0 else { return .violation("a chunk of a snapshot arrived without a credit") }
            credits -= 1
            return .take
        case .end:
            guard phase == .receiving else { return outOfPlace(frame) }
            phase = .ended
            return .complete
        case .refused(let refusal):
            guard phase != .ended else { return outOfPlace(frame) }
            phase = .ended
            return .heed(refusal)
        case .request, .credit:
            return .violation("a frame of kind \(frame.kind) arrived at the receiver of a snapshot")
        }
    }

    private func outOfPlace(_ frame: SnapshotFrame) -> Action {
        .violation("a frame of kind \(frame.kind) arrived \(phase == .ended ? "after the end" : "out of place")")
    }

    /// There is room for one chunk more. False if no more is to come.
    mutating func grant() -> Bool {
        guard phase != .ended else { return false }
        precondition(credits < TransportLimits.snapshotCreditsMax, "more credits are granted than there is room")
        credits += 1
        return true
    }
}
