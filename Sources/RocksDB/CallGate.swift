internal import Glibc
internal import Synchronization

/// Counts the calls that are inside something that can be closed, so that closing lets them end and later ones do not
/// begin. Any thread.
///
/// The count is divided, each part in cache lines of its own, because threads that read at the same time would
/// otherwise fight for one line. A caller first counts itself and then looks whether the gate is closed; `close` first
/// closes it and then looks at the counts. All four steps have one order in time (sequentially consistent), so that one
/// of the two sees the other.
struct CallGate: ~Copyable {
    /// Where a caller counted itself.
    struct Place {
        fileprivate let index: Int
    }

    private static let placesLog2 = 4
    /// Two cache lines, because processors fetch them in pairs.
    private static let stride = 128

    private let counts: UnsafeMutableRawPointer
    private let isClosed = Atomic<Bool>(false)

    init() {
        counts = .allocate(byteCount: Self.stride << Self.placesLog2, alignment: Self.stride)
        for index in 0..<(1 << Self.placesLog2) {
            (counts + index * Self.stride).bindMemory(to: Atomic<Int>.self, capacity: 1).initialize(to: Atomic(0))
        }
    }

    deinit {
        for index in 0..<(1 << Self.placesLog2) { count(index).deinitialize(count: 1) }
        counts.deallocate()
    }

    var isOpen: Bool { !isClosed.load(ordering: .acquiring) }

    /// Nil if the gate is closed. Otherwise call `leave` at the end.
    func enter() -> Place? {
        // Threads differ in the upper bits of this address; any place would be right.
        let scrambled = UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15
        let index = Int(truncatingIfNeeded: scrambled >> (64 - Self.placesLog2))
        count(index).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
        if !isClosed.load(ordering: .sequentiallyConsistent) { return Place(index: index) }
        leave(Place(index: index))
        return nil
    }

    func leave(_ place: Place) { count(place.index).pointee.wrappingSubtract(1, ordering: .releasing) }

    /// Returns when no call is inside any more. False if somebody else closes or has closed the gate. Never from inside
    /// a call.
    func close() -> Bool {
        guard !isClosed.exchange(true, ordering: .sequentiallyConsistent) else { return false }
        for index in 0..<(1 << Self.placesLog2) {
            // Once, when a database is closed; the calls have no reason to tell each time that they have ended.
            while count(index).pointee.load(ordering: .sequentiallyConsistent) != 0 { usleep(100) }
        }
        return true
    }

    private func count(_ index: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        (counts + index * Self.stride).assumingMemoryBound(to: Atomic<Int>.self)
    }
}
