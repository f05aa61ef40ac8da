/// The progress of filling a connection's keys, in indices of its own keys.
struct FillCursor {
    var next = 0
    var end = 0
    /// Ranges that failed and must be sent again.
    var retries: [Range<Int>] = []

    var isDone: Bool { next >= end && retries.isEmpty }

    /// Takes at most `count` keys to be written next.
    mutating func take(_ count: Int) -> Range<Int>? {
        if let piece = retries.popLast() {
            guard piece.count > count else { return piece }
            retries.append((piece.lowerBound + count)..<piece.upperBound)
            return piece.lowerBound..<(piece.lowerBound + count)
        }
        guard next < end else { return nil }
        let piece = next..<min(next + count, end)
        next = piece.upperBound
        return piece
    }
}
