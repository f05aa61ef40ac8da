import Testing

@testable import ClusterSimulation

@Suite("The queue of what is due")
struct EventQueueTests {
    @Test("By time, and at one time in the order of scheduling")
    func order() {
        var queue = EventQueue<Occurrence>()
        var draw = Draw(seed: 3, concern: 1)
        var expected: [(time: UInt64, number: Int)] = []
        for number in 0..<500 {
            let time = UInt64(draw.below(40))
            queue.schedule(.client(number), at: time)
            expected.append((time, number))
        }
        expected.sort { ($0.time, $0.number) < ($1.time, $1.number) }

        for (time, number) in expected {
            let next = queue.popFirst()
            #expect(next?.time == time)
            guard case .client(number)? = next?.occurrence else {
                Issue.record("client \(number) is not next at \(time)")
                return
            }
        }
        #expect(queue.popFirst() == nil)
    }
}
