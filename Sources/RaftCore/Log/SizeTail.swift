/// The encoded sizes of the last entries of a log, in bytes. They come at the end, and leave at either end.
///
/// Those that have left at the front stay in memory until they are half of it: then the others take their place, which
/// costs each of those that left one move at most.
struct SizeTail: Sendable {
    private var sizes: [UInt32] = []
    /// How many have left at the front.
    private var gone = 0

    var count: Int { sizes.count - gone }

    /// How many sizes are in memory.
    var countInMemory: Int { sizes.count }

    subscript(position: Int) -> UInt32 { sizes[gone + position] }

    mutating func append(_ size: UInt32) { sizes.append(size) }

    mutating func append(_ new: ArraySlice<UInt32>) { sizes.append(contentsOf: new) }

    mutating func removeLast(_ removed: Int) {
        sizes.removeLast(removed)
        if count == 0 { removeAll() }
    }

    mutating func removeFirst(_ removed: Int) {
        precondition(removed <= count, "\(removed) of \(count) sizes are to leave")
        gone += removed
        if gone < sizes.count - gone { return }
        sizes.removeFirst(gone)
        gone = 0
    }

    private mutating func removeAll() {
        sizes.removeAll(keepingCapacity: true)
        gone = 0
    }
}
