/// Which frame the sender of a snapshot may receive and send when. Knows no socket and no bytes.
///
/// ```
///   awaitingRequest ── request ──► opening ── opened ──► sending ── end or refused ──► ended
/// ```
struct SnapshotSending: ~Copyable {
    private enum Phase: Hashable { case awaitingRequest, opening, sending, ended }

    private var phase = Phase.awaitingRequest
    /// Chunks that the receiver has room for. At most `TransportLimits.snapshotCreditsMax`.
    private(set) var credits = 0

    init() {}

    /// The receiver has asked and was not refused, and the end is not sent.
    var isActive: Bool { phase == .opening || phase == .sending }
    /// Chunks may be sent, as far as there are credits.
    var isSending: Bool { phase == .sending }
    var isAwaitingRequest: Bool { phase == .awaitingRequest }

    enum Action: Hashable {
        case open(SnapshotRequest)
        /// There are more credits.
        case proceed
        case doNothing
        case violation(String)
    }

    mutating func received(_ frame: SnapshotFrame) -> Action {
        switch frame {
        case .request(let request, let credits): return requested(request, credits)
        case .credit(let count): return granted(count)
        case .opened, .chunk, .end, .refused:
            return .violation("a frame of kind \(frame.kind) arrived at the sender of a snapshot")
        }
    }

    private mutating func requested(_ request: SnapshotRequest, _ credits: Int) -> Action {
        guard phase == .awaitingRequest else { return .violation("a second snapshot is asked for on one connection") }
        guard credits <= TransportLimits.snapshotCreditsMax else { return tooMany(credits) }
        self.credits = credits
        phase = .opening
        return .open(request)
    }

    private mutating func granted(_ count: Int) -> Action {
        switch phase {
        case .awaitingRequest: return .violation("credits arrived before a snapshot was asked for")
        case .opening, .sending:
            guard count <= TransportLimits.snapshotCreditsMax - credits else { return tooMany(credits + count) }
            credits += count
            return phase == .sending ? .proceed : .doNothing
        case .ended:
            // Granted before the end had arrived.
            return .doNothing
        }
    }

    private func tooMany(_ count: Int) -> Action {
        .violation("\(count) credits are granted where \(TransportLimits.snapshotCreditsMax) are allowed")
    }

    mutating func opened() {
        precondition(phase == .opening, "a snapshot is opened that nobody waits for")
        phase = .sending
    }

    mutating func chunkSent() {
        precondition(phase == .sending, "a chunk is sent outside of a transfer")
        precondition(credits > 0, "a chunk is sent that its receiver has no room for")
        credits -= 1
    }

    /// The last frame of the transfer is sent: its end or a refusal.
    mutating func ended() {
        precondition(isActive, "a transfer ends that is not under way")
        phase = .ended
    }
}
