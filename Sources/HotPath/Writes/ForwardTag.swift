/// The `request` number of a tag that stands for one forwarded command: the id of the message that brought it, and its
/// offset among the commands of that message.
enum ForwardTag {
    private static let offsetBits: UInt64 = 16

    static func encode(id: UInt64, offset: Int) -> UInt64 { id << offsetBits | UInt64(offset) }

    static func decode(_ request: UInt64) -> (id: UInt64, offset: Int) {
        (request >> offsetBits, Int(request & (1 << offsetBits - 1)))
    }
}
