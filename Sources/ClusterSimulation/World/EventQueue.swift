/// Occurrences that are due, by time and, at one time, in the order in which they were scheduled: a binary heap, so
/// that the same calls give the same order on every machine.
struct EventQueue<Occurrence> {
    private struct Item {
        var time: UInt64
        var order: UInt64
        var occurrence: Occurrence

        func isBefore(_ other: Item) -> Bool { time != other.time ? time < other.time : order < other.order }
    }

    private var heap: [Item] = []
    private var scheduled: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    /// The time of the next occurrence, in nanoseconds.
    var nextTime: UInt64? { heap.first?.time }

    mutating func schedule(_ occurrence: Occurrence, at time: UInt64) {
        heap.append(Item(time: time, order: scheduled, occurrence: occurrence))
        scheduled += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> (time: UInt64, occurrence: Occurrence)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (first.time, first.occurrence) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in (2 * parent + 1)..<(2 * parent + 3)
            where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.occurrence)
    }
}
