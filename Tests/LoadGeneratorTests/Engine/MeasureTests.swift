import Bytes
import Histogram
import Testing

@testable import LoadGenerator

@Suite("Schedules, gaps and seconds are counted right, without any clock")
struct MeasureTests {
    private let millisecond: UInt64 = 1_000_000

    private func schedule(loop: Int = 0, loopCount: Int = 1, end: UInt64 = .max) -> Schedule {
        // One start per millisecond, from 1 s on.
        Schedule(rate: 1_000, loop: loop, loopCount: loopCount, origin: 1_000 * millisecond, endTime: end)
    }

    // MARK: Schedule

    @Test("Starts are evenly spaced and do not depend on when they are taken")
    func spacing() {
        var schedule = schedule()

        #expect(!schedule.isDue(999 * millisecond))
        #expect(schedule.isDue(1_000 * millisecond))
        #expect((0..<4).map { _ in schedule.take(5_000 * millisecond) / millisecond } == [1_000, 1_001, 1_002, 1_003])
    }

    @Test("Event loops take the starts alternately")
    func shared() {
        var loops = (0..<3).map { schedule(loop: $0, loopCount: 3) }
        let starts = (0..<2).flatMap { _ in loops.indices.map { loops[$0].take(2_000 * millisecond) / millisecond } }

        #expect(starts == [1_000, 1_001, 1_002, 1_003, 1_004, 1_005])
    }

    @Test("A rate that does not divide a second does not drift")
    func drift() {
        var schedule = Schedule(rate: 3, loop: 0, loopCount: 1, origin: 0)
        var last: UInt64 = 0
        for _ in 0...3_000_000 { last = schedule.take(0) }

        #expect(last == 1_000_000 * 1_000_000_000)
    }

    @Test("A send is late by more than a millisecond only if there was a free place")
    func late() {
        var schedule = schedule()
        _ = schedule.take(1_001 * millisecond)
        _ = schedule.take(1_002 * millisecond + 1)
        _ = schedule.take(1_009 * millisecond)

        #expect(schedule.lateCount == 2)
        #expect(schedule.lateMax == 7 * millisecond)
        #expect(schedule.queuedCount == 0)
    }

    @Test("A start without a free place is queued and not late, however long it waits; later ones are judged anew")
    func queued() {
        var schedule = schedule()
        _ = schedule.take(1_000 * millisecond)
        schedule.noteFull(1_003 * millisecond)
        let starts = (0..<4).map { _ in schedule.take(1_500 * millisecond) / millisecond }

        #expect(starts == [1_001, 1_002, 1_003, 1_004])
        #expect(schedule.queuedCount == 3)
        #expect(schedule.lateCount == 1)
    }

    @Test("A start that fell due while the generator slept is late and not queued, even if it then finds no place")
    func overslept() {
        var schedule = schedule()
        _ = schedule.take(1_000 * millisecond)
        // The generator wakes up after half a second, with two free places.
        schedule.noteFree(1_500 * millisecond)
        for _ in 0..<2 { _ = schedule.take(1_500 * millisecond) }
        schedule.noteFull(1_500 * millisecond)
        #expect(schedule.unsent(1_500 * millisecond) == (498, 0))
        schedule.noteFull(1_510 * millisecond)
        #expect(schedule.unsent(1_510 * millisecond) == (508, 10))
        for _ in 0..<508 { _ = schedule.take(1_510 * millisecond) }

        #expect(schedule.lateCount == 500)
        #expect(schedule.queuedCount == 10)
    }

    @Test("A generator that checks in time, or finds only queued starts, is not to blame")
    func awake() {
        var schedule = schedule()
        schedule.noteFull(1_003 * millisecond)
        schedule.noteFree(1_003 * millisecond + 900_000)
        for _ in 0..<4 { _ = schedule.take(1_003 * millisecond + 900_000) }
        schedule.noteFree(1_005 * millisecond)
        schedule.noteFull(1_010 * millisecond)
        for _ in 0..<7 { _ = schedule.take(1_010 * millisecond) }

        #expect(schedule.lateCount == 0)
        #expect(schedule.queuedCount == 11)
    }

    // MARK: Stalls

    @Test("A duty that is carried out too late was held up, except for CPU time of the thread, and for short delays")
    func stalls() {
        var stalls = StallWatch(start: 1_000 * millisecond, cpu: 7 * millisecond)
        func note(_ due: UInt64, _ now: UInt64, cpu: UInt64) {
            stalls.note(due: due * millisecond, now: now * millisecond, cpu: cpu * millisecond)
        }

        note(1_020, 1_021, cpu: 8)
        #expect(stalls.total == 0)
        note(1_040, 1_140, cpu: 18)
        #expect(stalls.total == 90 * millisecond)
        note(1_160, 1_200, cpu: 58)
        #expect(stalls.total == 90 * millisecond, "it was busy")
        note(1_220, 1_250, cpu: 58)
        #expect(stalls.total == 120 * millisecond)
        #expect(stalls.longest == 90 * millisecond)
    }

    @Test("A stall before the measurement does not count")
    func stallsBefore() {
        var stalls = StallWatch(start: 1_000 * millisecond, cpu: 0)
        stalls.note(due: 100 * millisecond, now: 900 * millisecond, cpu: 0)
        #expect(stalls.total == 0)
        stalls.note(due: 920 * millisecond, now: 1_050 * millisecond, cpu: 0)
        #expect(stalls.total == 50 * millisecond)
    }

    @Test("Starts of the warm-up that found no place are left out when the measurement begins")
    func skip() {
        var schedule = schedule(loop: 1, loopCount: 2)
        #expect(schedule.take(1_001 * millisecond) == 1_001 * millisecond)

        schedule.skip(to: 1_500 * millisecond)
        #expect(schedule.nextStart == 1_501 * millisecond)
        schedule.skip(to: 1_501 * millisecond)
        #expect(schedule.take(1_600 * millisecond) == 1_501 * millisecond, "nothing of the measurement is left out")
        #expect(schedule.nextStart == 1_503 * millisecond)
    }

    @Test("The warm-up counts for nothing")
    func warmUp() {
        var schedule = schedule()
        schedule.noteFull(1_000 * millisecond)
        _ = schedule.take(1_500 * millisecond, counts: false)
        _ = schedule.take(1_500 * millisecond, counts: false)

        #expect(schedule.queuedCount == 0)
        #expect(schedule.lateCount == 0)
    }

    @Test("Unsent starts are either queued or missed by the generator")
    func unsent() {
        var schedule = schedule(end: 1_010 * millisecond)
        _ = schedule.take(1_000 * millisecond)
        schedule.noteFull(1_004 * millisecond)

        #expect(schedule.unsent(1_004 * millisecond) == (4, 4))
        // Starts 1 to 9; the one exactly at the end does not count.
        #expect(schedule.unsent(9_999 * millisecond) == (9, 4))
        #expect(schedule.unsent(999 * millisecond) == (0, 0))
    }

    @Test("No start is due from the end on")
    func end() {
        var schedule = schedule(end: 1_002 * millisecond)
        _ = schedule.take(1_000 * millisecond)

        #expect(schedule.isDue(5_000 * millisecond))
        _ = schedule.take(1_001 * millisecond)
        #expect(!schedule.isDue(5_000 * millisecond))
    }

    // MARK: Gaps

    private func gaps(_ successes: [UInt64]) -> SuccessGaps {
        var gaps = SuccessGaps(start: 0)
        for milliseconds in successes { gaps.note(milliseconds * millisecond) }
        return gaps
    }

    @Test("One loop: the longest time between two successes, the start included")
    func oneLoop() {
        #expect(SuccessGaps.longestCommon([gaps([100, 110, 150])]) == 100 * millisecond)
        #expect(SuccessGaps.longestCommon([gaps([1, 2, 5, 6])]) == 3 * millisecond)
    }

    @Test("Several loops: only the time in which none of them had a success counts")
    func severalLoops() {
        let left = gaps([10, 500, 600])
        let right = gaps([300, 700])

        #expect(SuccessGaps.longestCommon([left, right]) == 290 * millisecond)
        #expect(SuccessGaps.longestCommon([gaps([1, 400]), gaps([200, 399, 400])]) == 199 * millisecond)
    }

    @Test("Loops that never pause together have no long gap")
    func alternating() {
        let left = gaps(Array(stride(from: 0, through: 400, by: 10)))
        let right = gaps([400])

        #expect(SuccessGaps.longestCommon([left, right]) == 10 * millisecond)
    }

    // MARK: Seconds

    @Test("Seconds before the origin are negative, and those after the last belong to it")
    func seconds() {
        let second: UInt64 = 1_000_000_000
        var clock = SecondClock(origin: 10 * second, last: 2, now: 7 * second + 1)

        #expect(clock.current == -3)
        #expect(clock.nextBoundary == 8 * second)
        clock.advance(to: 10 * second)
        #expect(clock.current == 0)
        clock.advance(to: 99 * second)
        #expect(clock.current == 2)
        #expect(clock.nextBoundary == .max)
    }

    @Test("A board returns a second once every loop has reported it")
    func board() {
        let board = RunBoard(loopCount: 2)
        board.beginPhase()
        var tally = IntervalTally()
        tally.recordSuccess(latency: 5)

        board.report(loop: 0, second: -1, tally: tally, through: 0, inFlight: 3)
        #expect(board.wait().seconds.isEmpty)
        board.report(loop: 1, second: -1, tally: tally, through: -1, inFlight: 4)
        let news = board.wait()
        #expect(news.seconds.map(\.second) == [-1])
        #expect(news.seconds.map(\.tally.succeeded) == [2])
        #expect(news.inFlight == 7)
        #expect(news.outcomes == nil)

        board.finish(loop: 0, second: 1, tally: tally, .filled)
        board.finish(loop: 1, second: 0, tally: tally, .filled)
        let last = board.wait()
        #expect(last.seconds.map(\.second) == [0, 1])
        #expect(last.seconds.map(\.tally.succeeded) == [1, 1])
        #expect(last.outcomes?.count == 2)
    }

    @Test("Requests in flight come back in their order, and a batch with its keys")
    func inFlight() throws {
        func entry(_ key: UInt64) -> InFlight {
            InFlight(
                kind: .put, purpose: .load, step: .only, key: key, itemCount: 1, intended: 0, began: 0, sent: 0,
                revision: 0)
        }
        var queue = InFlightQueue(capacity: 3)
        var order: [UInt64] = []
        for key in 0..<10 as Range<UInt64> {
            let place = queue.append(entry(key))
            if key % 2 == 0 { queue.setBatchKeys([key, key + 100], at: place) }
            guard queue.count == 3 else { continue }
            let popped = queue.popFirst()
            let (first, keys) = try #require(popped)
            order.append(first.key)
            #expect(keys == (first.key % 2 == 0 ? [first.key, first.key + 100] : []))
        }

        #expect(order == Array(0..<8))
        #expect(queue.count == 2)
    }

    @Test("Reasons of failure that a server makes up do not fill the memory")
    func reasons() {
        var measurements = Measurements(plan: LoadPlan(endpoints: [HostAndPort(host: "h", port: 1)]))
        for number in 0..<1_000 { measurements.count(.status(500, "error \(number)")) }

        #expect(measurements.failures.count <= EngineLimits.failureReasonsMax + 1)
        #expect(measurements.failures.values.reduce(0) { $0 + $1.count } == 1_000)
    }

    @Test("A reason of failure has the service times of its requests, over all loops, and none of attempts to connect")
    func failureServiceTimes() {
        var first = Measurements(plan: LoadPlan(endpoints: []))
        var second = first
        first.count(.refused)
        first.count(.status(429, "overloaded"), service: 1_000_000)
        second.count(.refused)
        second.count(.status(429, "overloaded"), service: 3_000_000)
        second.count(.timeout, service: 5_000_000)
        first.add(second)

        let refusals = first.failures[.status(429, "overloaded")]
        #expect(refusals?.count == 2)
        #expect(refusals?.service?.totalCount == 2)
        #expect(refusals?.service?.maxRecorded ?? 0 >= 3_000_000)
        #expect(first.failures[.refused]?.count == 2)
        #expect(first.failures[.refused]?.service == nil)
        #expect(first.failures[.timeout]?.service?.totalCount == 1)
    }
}
