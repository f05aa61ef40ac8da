internal import KeyValue
internal import NIOCore

package enum AdoptionAnswer: Hashable, Sendable {
    /// The old history is gone and the new cluster id is durable.
    case accepted
    /// The node was of that cluster already: it had nothing to give up, and nothing has changed.
    case unchanged
    /// Nothing has changed. The message is a sentence for the user.
    case refused(AdoptionRefusal, message: String)
}

// Layout, little-endian; a string is its size in 2 bytes and its UTF-8 bytes.
extension AdoptionAnswer {
    /// ```
    ///  1  0 accepted, 255 unchanged, else the reason (AdoptionRefusal)      string  message, empty unless refused
    /// ```
    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.adoptionAnswer, sequence: sequence, to: &buffer) { body in
            switch self {
            case .accepted:
                body.writeInteger(Self.acceptedTag)
                body.writeText("")
            case .unchanged:
                body.writeInteger(Self.unchangedTag)
                body.writeText("")
            case .refused(let refusal, let message):
                body.writeInteger(refusal.rawValue)
                body.writeText(message.shortenedForPeer)
            }
        }
    }

    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        let tag: UInt8 = try body.readField("the answer to an adoption")
        let message = try body.readText("the message of an adoption")
        try body.requireEnd()
        switch tag {
        case Self.acceptedTag: self = .accepted
        case Self.unchangedTag: self = .unchanged
        default:
            guard let refusal = AdoptionRefusal(rawValue: tag) else { throw CodecError("unknown refusal \(tag)") }
            self = .refused(refusal, message: message)
        }
    }

    private static var acceptedTag: UInt8 { 0 }
    private static var unchangedTag: UInt8 { 255 }
}
