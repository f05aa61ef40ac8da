internal import KeyValue
internal import NIOCore
internal import RaftCore

/// The last frame on a connection. Layout: 1 byte reason (CloseReason), then a sentence as a string; with
/// `otherInstance` 8 bytes, the index of the entry that made the other instance a member.
struct Goodbye: Hashable {
    var reason: CloseReason
    var message: String
    var memberSince: LogIndex?

    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.goodbye, sequence: sequence, to: &buffer) { body in
            body.writeInteger(reason.rawValue)
            body.writeText(message.shortenedForPeer)
            if reason == .otherInstance {
                body.writeInteger((memberSince ?? .zero).rawValue, endianness: .little)
            }
        }
    }

    init(_ reason: CloseReason, _ message: String, memberSince: LogIndex? = nil) {
        self.memberSince = memberSince
        self.reason = reason
        self.message = message
    }

    /// A reason that this version does not know is `unspecified`: its sentence still says what happened. What a later
    /// release adds after it is passed over.
    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        let rawReason: UInt8 = try body.readField("the reason of a goodbye")
        reason = CloseReason(rawValue: rawReason) ?? .unspecified
        message = try body.readText("the sentence of a goodbye")
        memberSince = reason == .otherInstance ? LogIndex(try body.readField("the index of a membership")) : nil
    }
}
