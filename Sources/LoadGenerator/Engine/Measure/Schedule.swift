/// The intended starts of an open loop: evenly spaced from one fixed moment on, whatever the server does. A start
/// without a free place queues; since starts are evenly spaced, the queue is a number and needs no memory.
///
/// One per event loop; several loops take the starts alternately. Pure: time is an argument.
struct Schedule {
    let origin: UInt64
    private let interval: Double
    private let offset: Double
    /// There are no starts from this time on; `.max` if they never end.
    private let endTime: UInt64
    /// The first start that was not sent.
    private(set) var nextIndex: UInt64 = 0
    private(set) var nextStart: UInt64
    /// Starts before this index found no free place.
    private var queuedEnd: UInt64 = 0
    /// Starts that the generator missed although places were free. They count as late even if they had to queue when it
    /// woke up: the places would have sufficed if it had sent each on time.
    private var overslept: Range<UInt64> = 0..<0

    private(set) var lateCount: UInt64 = 0
    /// The longest delay of a late send, in nanoseconds.
    private(set) var lateMax: UInt64 = 0
    private(set) var queuedCount: UInt64 = 0

    /// `loopCount` loops share `rate` starts per second; this one is number `loop`. Times in nanoseconds.
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

    /// Nanoseconds as a double are exact for about 100 days.
    private func start(of index: UInt64) -> UInt64 { origin + UInt64(offset + interval * Double(index)) }

    func isDue(_ now: UInt64) -> Bool { nextStart <= now && nextStart < endTime }

    /// Takes the next start, which is due at `now` and is sent now. `counts` is false in the warm-up.
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

    /// Drops the unsent starts before `time`. Otherwise a server that is slower than the rate would stay busy with the
    /// warm-up, and the run would end without a measured request.
    mutating func skip(to time: UInt64) {
        guard nextStart < time else { return }
        nextIndex = dueEnd(time - 1)
        nextStart = start(of: nextIndex)
    }

    /// Notes that there was no free place up to `now`: every start that is due by then had to queue.
    mutating func noteFull(_ now: UInt64) { queuedEnd = max(queuedEnd, dueEnd(now)) }

    /// Notes that places were free when the generator checked at `now`. If it should have checked earlier, every start
    /// that is due by now is late by its own fault.
    mutating func noteFree(_ now: UInt64) {
        guard nextStart < now, now - nextStart > EngineLimits.lateSendMin else { return }
        let first = max(nextIndex, queuedEnd)
        let end = dueEnd(now)
        guard first < end, now - start(of: first) > EngineLimits.lateSendMin else { return }
        let isPending = overslept.upperBound > nextIndex
        overslept = (isPending ? overslept.lowerBound : first)..<end
    }

    /// The number of unsent starts up to `now`, and how many of them queued.
    func unsent(_ now: UInt64) -> (all: UInt64, queued: UInt64) {
        let end = dueEnd(now)
        guard end > nextIndex else { return (0, 0) }
        let queued = nextIndex..<min(max(queuedEnd, nextIndex), end)
        return (end - nextIndex, UInt64(queued.count - queued.clamped(to: overslept).count))
    }

    /// The index after the last start that is due.
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
