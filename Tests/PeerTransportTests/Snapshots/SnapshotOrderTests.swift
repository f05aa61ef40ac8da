import HotPath
import NIOCore
import RaftCore
import Testing

@testable import PeerTransport

@Suite("The order of frames of a transfer, its pace and its account")
struct SnapshotOrderTests {
    private let request = SnapshotRequest(lastIncluded: TestNode.lastIncluded)
    private let chunk = SnapshotFrame.chunk(ByteBuffer(string: "rows"))
    private let end = SnapshotFrame.end(total: ByteBuffer())
    private let refused = SnapshotFrame.refused(SnapshotRefusal(.gone, "no"))

    private func opened() throws -> SnapshotFrame { .opened(try #require(SnapshotID(7))) }

    @Test("A sender opens what was asked for once, and counts the room of its receiver")
    func sender() throws {
        var sending = SnapshotSending()
        check(sending.isActive, false)
        expectViolation(sending.received(.credit(1)))
        expectViolation(sending.received(.request(request, credits: TransportLimits.snapshotCreditsMax + 1)))
        check(sending.received(.request(request, credits: 2)), .open(request))
        check(sending.isActive, true)
        check(sending.isSending, false)
        expectViolation(sending.received(.request(request, credits: 1)))
        check(sending.received(.credit(1)), .doNothing)
        sending.opened()
        check(sending.isSending, true)
        check(sending.received(.credit(1)), .proceed)
        check(sending.credits, 4)
        expectViolation(sending.received(.credit(1)))
        sending.chunkSent()
        check(sending.received(.credit(1)), .proceed)
        for frame in [try opened(), chunk, end, refused] { expectViolation(sending.received(frame)) }
        sending.ended()
        check(sending.isActive, false)
        check(sending.received(.credit(1)), .doNothing)
        expectViolation(sending.received(.request(request, credits: 1)))
    }

    @Test("A receiver takes chunks as far as it has granted credits, and nothing after the end")
    func receiver() throws {
        var receiving = SnapshotReceiving(credits: 2)
        expectViolation(receiving.received(chunk))
        expectViolation(receiving.received(end))
        check(receiving.received(try opened()), .note(try #require(SnapshotID(7))))
        expectViolation(receiving.received(try opened()))
        check(receiving.received(chunk), .take)
        check(receiving.received(chunk), .take)
        expectViolation(receiving.received(chunk))
        check(receiving.grant(), true)
        check(receiving.received(chunk), .take)
        expectViolation(receiving.received(.credit(1)))
        expectViolation(receiving.received(.request(request, credits: 1)))
        check(receiving.received(end), .complete)
        check(receiving.grant(), false)
        for frame in [try opened(), chunk, end, refused] { expectViolation(receiving.received(frame)) }
    }

    @Test("A refusal is heeded before the opening and after it, and is the last word")
    func refusals() throws {
        for isOpened in [false, true] {
            var receiving = SnapshotReceiving(credits: 1)
            if isOpened { check(receiving.received(try opened()), .note(try #require(SnapshotID(7)))) }
            check(receiving.received(refused), .heed(SnapshotRefusal(.gone, "no")))
            expectViolation(receiving.received(refused))
        }
    }

    @Test("Sending without a credit and granting without room are errors of the program")
    func illegal() async {
        await #expect(processExitsWith: .failure) {
            var sending = SnapshotSending()
            let lastIncluded = LogID(index: LogIndex(9), term: Term(6))
            _ = sending.received(.request(SnapshotRequest(lastIncluded: lastIncluded), credits: 1))
            sending.opened()
            sending.chunkSent()
            sending.chunkSent()
        }
        await #expect(processExitsWith: .failure) {
            var receiving = SnapshotReceiving(credits: TransportLimits.snapshotCreditsMax)
            _ = receiving.grant()
        }
    }

    @Test("Frames read back as they were written, and an unknown reason of a refusal is a failure")
    func roundTrip() throws {
        let frames: [SnapshotFrame] = [
            .request(request, credits: 1), .request(SampleMessages.snapshotRequest, credits: 4), try opened(), chunk,
            .credit(3), end, refused,
        ]
        for frame in frames {
            var buffer = ByteBuffer()
            frame.encode(into: &buffer, sequence: 3)
            #expect(try SnapshotFrame(decoding: Frame(decoding: buffer, sequence: 3)) == frame)
        }
        var later = ByteBuffer()
        Frame.write(.snapshotRefused, sequence: 0, to: &later) { $0.writeBytes([99, 2, 0] + Array("no".utf8)) }
        let read = try SnapshotFrame(decoding: Frame(decoding: later, sequence: 0))
        #expect(read == .refused(SnapshotRefusal(.failed, "no")))
    }

    @Test("Chunks leave one after another, as far apart as their sizes take at the rate")
    func rate() {
        var rate = SnapshotRate(bytesPerSecond: 1_000)
        let start = NIODeadline.uptimeNanoseconds(5_000_000_000)
        #expect(rate.readyAt <= start)
        rate.spend(100, now: start)
        #expect(rate.readyAt == start + .milliseconds(100))
        rate.spend(500, now: start)
        #expect(rate.readyAt == start + .milliseconds(600))
        // No burst makes up for a pause.
        rate.spend(100, now: start + .seconds(60))
        #expect(rate.readyAt == start + .seconds(60) + .milliseconds(100))
    }

    @Test("The account of a transfer counts bytes, chunks and time, and lines are due while it moves")
    func meter() {
        let start = NIODeadline.uptimeNanoseconds(5)
        var meter = SnapshotMeter(.receiving, "b", request, since: start)
        #expect((0..<4).map { _ in meter.isLineDue(every: 2) } == [false, false, false, false])
        meter.add(300)
        meter.add(200)
        meter.resume()
        #expect((0..<4).map { _ in meter.isLineDue(every: 2) } == [false, true, false, false])

        let progress = meter.progress(now: start + .milliseconds(250))

        #expect(progress.bytes == 500)
        #expect(progress.chunks == 2)
        #expect(progress.resumptions == 1)
        #expect(progress.bytesPerSecond == 2_000)
        #expect(progress.peer == "b")
    }

    /// The order is not copyable, so `#expect` cannot take it apart; what it returned can.
    private func check<Value: Equatable>(
        _ value: Value, _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }

    private func expectViolation(
        _ action: SnapshotSending.Action, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if case .violation = action { return }
        Issue.record("it led to \(action)", sourceLocation: sourceLocation)
    }

    private func expectViolation(
        _ action: SnapshotReceiving.Action, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if case .violation = action { return }
        Issue.record("it led to \(action)", sourceLocation: sourceLocation)
    }
}
