internal import NIOCore

/// Whether a connection may read its socket, or write to it, now.
struct SocketFlow {
    /// The socket's queue has room.
    var isWritable = true
    /// Answers are being written; a report of room that arrives meanwhile is looked at afterwards.
    private var isSending = false
    private var isReadHeldBack = false
    /// When the last answer was written, or the connection opened.
    private(set) var lastActivity: NIODeadline

    init(now: NIODeadline) { lastActivity = now }

    // MARK: Answers

    /// False if they are being written already.
    mutating func beginSending() -> Bool {
        if isSending { return false }
        isSending = true
        return true
    }

    mutating func endSending() { isSending = false }

    mutating func noteAnswers(now: NIODeadline) { lastActivity = now }

    func isIdle(now: NIODeadline, limitMilliseconds: Int64) -> Bool {
        lastActivity + .milliseconds(limitMilliseconds) < now
    }

    // MARK: Requests

    /// The socket is not read because requests or answers pile up.
    var holdsReadBack: Bool { isReadHeldBack }

    /// Whether to read, now that the channel wants to. If not, `resumeReading` says when.
    /// `hasRoom`: the conversation takes more.
    mutating func mayRead(hasRoom: Bool) -> Bool {
        isReadHeldBack = !(hasRoom && isWritable)
        return !isReadHeldBack
    }

    /// Whether to make up for the read that was held back.
    mutating func resumeReading(hasRoom: Bool) -> Bool {
        guard isReadHeldBack, hasRoom, isWritable else { return false }
        isReadHeldBack = false
        return true
    }
}
