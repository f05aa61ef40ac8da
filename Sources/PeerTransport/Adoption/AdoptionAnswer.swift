internal import KeyValue
internal import NIOCore
package import RaftCore

package enum AdoptionAnswer: Hashable, Sendable {
    /// The old history is gone; the new cluster id is durable, and so is the new life of the directory.
    case accepted(InstanceID)
    /// The node was of that cluster already: it had nothing to give up, and nothing has changed.
    case unchanged
    /// Nothing has changed. The message is a sentence for the user.
    case refused(AdoptionRefusal, message: String)
}

// Layout, little-endian; a string is its size in 2 bytes and its UTF-8 bytes.
extension AdoptionAnswer {
    /// ```
    ///  1  0 accepted, 255 unchanged, else the reason (AdoptionRefusal)      string  message, empty unless refused
    /// 16  with an acceptance: the new instance, high word first
    /// ```
    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.adoptionAnswer, sequence: sequence, to: &buffer) { body in
            switch self {
            case .accepted(let instance):
                body.writeInteger(Self.acceptedTag)
                body.writeText("")
                body.writeMultipleIntegers(instance.high, instance.low, endianness: .little)
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
        if tag == Self.acceptedTag {
            let high: UInt64 = try body.readField("an instance")
            self = .accepted(InstanceID(high: high, low: try body.readField("an instance")))
            try body.requireEnd()
            return
        }
        try body.requireEnd()
        switch tag {
        case Self.unchangedTag: self = .unchanged
        default:
            guard let refusal = AdoptionRefusal(rawValue: tag) else { throw CodecError("unknown refusal \(tag)") }
            self = .refused(refusal, message: message)
        }
    }

    private static var acceptedTag: UInt8 { 0 }
    private static var unchangedTag: UInt8 { 255 }
}
