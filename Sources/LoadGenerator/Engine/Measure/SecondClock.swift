/// Counts the seconds of a phase from its origin; before the origin they are negative.
struct SecondClock {
    private let origin: UInt64
    /// The last second that is counted; everything later belongs to it.
    private let last: Int
    private(set) var current: Int
    /// When the next second begins.
    private(set) var nextBoundary: UInt64

    init(origin: UInt64, last: Int = .max, now: UInt64? = nil) {
        self.origin = origin
        self.last = last
        current = 0
        nextBoundary = 0
        advance(to: now ?? origin)
    }

    mutating func advance(to now: UInt64) {
        let second =
            now >= origin
            ? Int((now - origin) / 1_000_000_000) : -Int((origin - now + 999_999_999) / 1_000_000_000)
        current = min(second, last)
        let next = Int64(origin) + Int64(current + 1) * 1_000_000_000
        nextBoundary = current >= last ? .max : UInt64(next)
    }

    /// From now on there is no next boundary.
    mutating func stop() { nextBoundary = .max }
}
