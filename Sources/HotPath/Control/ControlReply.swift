package import NIOCore

/// What came of a control request that was to be passed on to the leader.
package enum ControlReply: Hashable, Sendable {
    /// There is no leader with a link, or this node is it: the request never left, so nobody has carried it out.
    case notSent
    case answer(ByteBuffer)
    /// It was sent and no answer came. It may have been carried out, or may still be.
    case lost
}
