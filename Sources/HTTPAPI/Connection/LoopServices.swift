internal import ClusterControl
internal import HotPath
internal import NIOCore

/// Everything that the connections of one event loop share: the ways to the replica and to the store, the clock, the
/// writer of answers, and bounds on what all of them hold. Confined to the loop.
final class LoopServices {
    let eventLoop: any EventLoop
    let gateway: any Submitting
    let reader: any LoopReader
    let board: StatusBoard
    let control: any MembershipControl
    let digests: any DigestMaking
    let settings: HTTPServerSettings
    let writer: AnswerWriter

    /// The time at which the pass or the sweep under way began: cheap.
    private(set) var now: NIODeadline
    /// Of request bodies.
    var bodies = BodyBudget()
    /// Records that connections wait for, or hold until they are answered.
    var records = RecordDesk()
    /// Where the operations of a batch are gathered. Emptied by its user.
    var batch = BatchContents()

    init(
        eventLoop: any EventLoop, gateway: any Submitting, reader: any LoopReader, board: StatusBoard,
        control: any MembershipControl, digests: any DigestMaking, settings: HTTPServerSettings
    ) {
        self.eventLoop = eventLoop
        self.gateway = gateway
        self.reader = reader
        self.board = board
        self.control = control
        self.digests = digests
        self.settings = settings
        writer = AnswerWriter(board: board, legacyStatus: settings.legacyStatus)
        now = eventLoop.now
    }

    func readClock() { now = eventLoop.now }

    /// When a request that arrives now has waited long enough; never early by the lateness of `now`.
    func deadline(afterMilliseconds milliseconds: UInt64) -> NIODeadline {
        now + .milliseconds(Int64(clamping: milliseconds) + HTTPLimits.sweepIntervalMilliseconds)
    }
}
