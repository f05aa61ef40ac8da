internal import HotPath

/// Where a connection stands in the table of its loop, and with that the tags of its requests.
///
/// A request is found in O(1): the tag's `connection` is a slot of the table, the upper half of its `request` the
/// generation of the slot, and the lower half the position of the request in the order of that connection. A slot is
/// used again, a generation is not, so that a late completion never meets a stranger.
struct ConnectionPlace {
    /// The loop's completion sink.
    let sink: UInt32
    let slot: UInt32
    let generation: UInt32

    func tag(ofSequence sequence: UInt32) -> RequestTag {
        tag(of: UInt64(generation) << 32 | UInt64(sequence))
    }

    func tag(of request: UInt64) -> RequestTag { RequestTag(sink: sink, connection: slot, request: request) }

    /// Whether the request is, or was, one of the connection in this place.
    func owns(_ request: UInt64) -> Bool { UInt32(truncatingIfNeeded: request >> 32) == generation }

    static func sequence(of request: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: request) }
}
