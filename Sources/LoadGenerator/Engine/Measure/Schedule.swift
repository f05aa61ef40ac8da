/// The intended starts of an open loop: evenly spaced, from one fixed moment on, whatever the server does. Starts that
/// find no place queue; since they are evenly spaced, the queue is a number and takes no memory.
///
/// One per event loop; with several, they take the starts in turn. Pure: time comes in as an argument.
struct Schedule {
    let origin: UInt64
    private let interval: Double
    private let offset: Double
    /// The start after which there are no more; `.max` if they go on.
    private let endTime: UInt64
    /// The first start that was not sent.
    private(set) var nextIndex: UInt64 = 0
    private(set) var nextStart: UInt64
    /// Starts before this index found every place taken.
    private var queuedEnd: UInt64 = 0
    /// Starts that the generator left lying although places were free. They are late, also where they had to queue
    /// when it came back: the places would have been enough, had it sent each in its time.
    private var overslept: Range<UInt64> = 0..<0

    private(set) var lateCount: UInt64 = 0
    /// The furthest that a late send was behind, in nanoseconds.
    private(set) var lateMax: UInt64 = 0
    private(set) var queuedCount: UInt64 = 0

    /// `rate` starts per second in all; this is number `loop` of `loopCount` that share them. Times in nanoseconds.
    init(rate: Double, loop: Int, loopCount: Int, origin: UInt64, endTime: UInt64 = .max) {
        precondition(rate > 0, "a schedule needs a rate above zero")
        self.origin = origin
        self.endTime = endTime
        let spacing = 1e9 / rate
        interval = spacing * Double(loopCount)
        offset = spacing * Double(loop)
        nextStart = 0
        nextStart = start(of: 0)
    }

    /// Nanoseconds as a double are exact for some 100 days.
    private func start(of index: UInt64) -> UInt64 { origin + UInt64(offset + interval * Double(index)) }

    func isDue(_ now: UInt64) -> Bool { nextStart <= now && nextStart < endTime }

    /// Takes the next start, which is due at `now` and is being sent. `counts` is false in the warm-up.
    mutating func take(_ now: UInt64, counts: Bool = true) -> UInt64 {
        let taken = nextStart
        if counts {
            if nextIndex < queuedEnd, !overslept.contains(nextIndex) {
                queuedCount += 1
            } else if now > taken, now - taken > EngineLimits.lateSendMin {
                lateCount += 1
                lateMax = max(lateMax, now - taken)
            }
        }
        nextIndex += 1
        nextStart = start(of: nextIndex)
        return taken
    }

    /// Leaves out the starts before `time` that were not sent. A server that is slower than the rate would otherwise be
    /// kept busy with the warm-up, and the run would end without a measured request.
    mutating func skip(to time: UInt64) {
        guard nextStart < time else { return }
        nextIndex = dueEnd(time - 1)
        nextStart = start(of: nextIndex)
    }

    /// Notes that there was no free place up to `now`: what is due by then had to queue.
    mutating func noteFull(_ now: UInt64) { queuedEnd = max(queuedEnd, dueEnd(now)) }

    /// Notes that places were free when the generator came to look at `now`. If it should have looked earlier, all that
    /// is due by now is its own fault.
    mutating func noteFree(_ now: UInt64) {
        guard nextStart < now, now - nextStart > EngineLimits.lateSendMin else { return }
        let first = max(nextIndex, queuedEnd)
        let end = dueEnd(now)
        guard first < end, now - start(of: first) > EngineLimits.lateSendMin else { return }
        let isPending = overslept.upperBound > nextIndex
        overslept = (isPending ? overslept.lowerBound : first)..<end
    }

    /// Starts up to `now` that were not sent, and how many of them were in the queue.
    func unsent(_ now: UInt64) -> (all: UInt64, queued: UInt64) {
        let end = dueEnd(now)
        guard end > nextIndex else { return (0, 0) }
        let queued = nextIndex..<min(max(queuedEnd, nextIndex), end)
        return (end - nextIndex, UInt64(queued.count - queued.clamped(to: overslept).count))
    }

    /// The index behind the last start that is due.
    private func dueEnd(_ now: UInt64) -> UInt64 {
        let latest = min(now, endTime == .max ? .max : endTime - 1)
        guard latest >= start(of: 0) else { return 0 }
        var end = UInt64((Double(latest - origin) - offset) / interval)
        // The division may be off by one in either direction.
        while start(of: end) <= latest { end += 1 }
        while end > 0, start(of: end - 1) > latest { end -= 1 }
        return end
    }
}
