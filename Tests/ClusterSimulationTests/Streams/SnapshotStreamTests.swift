import HotPath
import NIOCore
import PeerTransport
import RaftCore
import Testing

@testable import ClusterSimulation

@Suite("Snapshots on simulated streams")
struct SnapshotStreamTests {
    private static let seeds = UInt64(1)...12
    private static let rough = StreamWeather(delayMin: 50_000, delayMax: 5_000_000, loss: 20, splits: 300)

    private static func settings(bytesPerSecond: Int = 4 << 20) -> PeerTransportSettings {
        var settings = PeerTransportSettings(seed: 1)
        settings.snapshotBytesPerSecondMax = bytesPerSecond
        return settings
    }

    /// The connections on which snapshots are transferred: the purpose stands after the preamble and the head of a
    /// frame (Docs/WireFormat.md).
    private static func transfers(_ lab: StreamLab) -> [StreamConnection] {
        lab.network.connections.filter { connection in
            let bytes = connection.dialler.firstBytes
            return bytes.getInteger(at: bytes.readerIndex + 8 + 24, as: UInt8.self) == 3
        }
    }

    /// Until `isDone`: breaks connections of transfers, pauses machines, and cuts the network for moments that a link
    /// survives.
    private static func disturb(_ lab: StreamLab, _ draw: inout Draw, until isDone: () -> Bool) {
        var number: UInt64 = 0
        while !isDone(), lab.now < 120_000_000_000 {
            lab.run(milliseconds: UInt64(draw.within(1...60)), until: isDone)
            number += 1
            lab.send(number...number, from: 0, to: 1)
            lab.send(number...number, from: 1, to: 0)
            switch draw.below(10) {
            case 0, 1, 2:
                for connection in transfers(lab) { lab.network.reset(connection) }
            case 3:
                for connection in transfers(lab) { lab.network.sever(connection) }
            case 4:
                lab.pause(draw.below(2), milliseconds: UInt64(draw.within(1...300)))
            case 5:
                lab.cut(from: 0, to: 1)
                if draw.chance(perMille: 500) { lab.cut(from: 1, to: 0) }
                lab.run(milliseconds: UInt64(draw.within(1...500)))
                lab.mend()
                lab.run(milliseconds: 1_000, until: isDone)
            default: break
            }
        }
    }

    @Test("A snapshot arrives whole whatever happens to its connections, and the links do not notice")
    func disturbed() {
        var requests = 0
        for seed in Self.seeds {
            StreamLab.with(machines: 2, seed: seed, Self.settings(), weather: Self.rough) { lab in
                var draw = Draw(seed: seed, concern: 2)
                lab.expect(within: 2_000) { lab.isLinked(0, 1) }
                let source = LabSource(lab.process(0), id: seed, chunks: 40, readMicrosecondsMax: 3_000)
                let sink = LabSink(lab.process(1), from: 0, seed: seed, writeMicrosecondsMax: 20_000)

                Self.disturb(lab, &draw) { sink.end != nil }

                #expect(sink.end == .complete, "seed \(seed)")
                #expect(sink.chunks == source.chunks, "seed \(seed)")
                #expect(sink.total == source.total, "seed \(seed)")
                lab.run(milliseconds: 2_000)
                #expect(source.openCount == 0, "seed \(seed)")
                #expect(Self.transfers(lab).isEmpty, "seed \(seed)")
                for machine in 0...1 {
                    let process = lab.process(machine)
                    #expect(process.count(of: .unreachable(StreamLab.id(1 - machine))) == 0, "seed \(seed)")
                    #expect(process.messages == Array(1...UInt64(process.messages.count)), "seed \(seed)")
                    #expect(process.transport.snapshotTransfers.isEmpty, "seed \(seed)")
                }
                requests += source.requests.count
            }
        }
        // Most transfers were interrupted.
        #expect(requests > 2 * Self.seeds.count)
    }

    @Test("A snapshot that is replaced is gone and not mixed with the next one, which is fetched whole")
    func replaced() {
        var ends = 0
        for seed in Self.seeds {
            StreamLab.with(machines: 2, seed: seed, Self.settings(), weather: Self.rough) { lab in
                var draw = Draw(seed: seed, concern: 3)
                lab.expect(within: 2_000) { lab.isLinked(0, 1) }
                let source = LabSource(lab.process(0), id: seed * 10, chunks: 30, readMicrosecondsMax: 3_000)
                let first = LabSink(lab.process(1), from: 0, seed: seed, writeMicrosecondsMax: 5_000)
                let time = lab.now + UInt64(draw.within(1...400)) * 1_000_000
                Self.disturb(lab, &draw) { first.end != nil || lab.now >= time }
                let former = source.chunks
                source.replace()
                Self.disturb(lab, &draw) { first.end != nil }

                switch first.end {
                case .complete: #expect(first.chunks == former || first.chunks == source.chunks, "seed \(seed)")
                case .gone: ends += 1
                default: Issue.record("seed \(seed): \(String(describing: first.end))")
                }

                let second = LabSink(lab.process(1), from: 0, seed: seed + 1, writeMicrosecondsMax: 5_000)
                Self.disturb(lab, &draw) { second.end != nil }
                #expect(second.end == .complete, "seed \(seed)")
                #expect(second.chunks == source.chunks, "seed \(seed)")
            }
        }
        #expect(ends > Self.seeds.count / 2)
    }

    @Test("A sender that is killed is dialled until it is back; then the snapshot is gone", arguments: seeds)
    func killed(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed, Self.settings(), weather: Self.rough) { lab in
            lab.expect(within: 2_000) { lab.isLinked(0, 1) }
            let former = LabSource(lab.process(0), id: 1, chunks: 40, readMicrosecondsMax: 3_000)
            let sink = LabSink(lab.process(1), from: 0, seed: seed, writeMicrosecondsMax: 5_000)
            lab.expect(within: 3_000) { sink.chunks.count > 3 }
            lab.kill(0)
            lab.run(milliseconds: 1_000)
            #expect(sink.end == nil)

            lab.start(0)
            let next = LabSource(lab.process(0), id: 2, chunks: 40, readMicrosecondsMax: 3_000)
            lab.expect(within: 10_000) { sink.end != nil }

            #expect(sink.end == .gone("it has another snapshot now"))
            #expect(next.requests.last?.id == former.id)
        }
    }

    @Test("A sender without power ends the fetch with a reason after a while", arguments: UInt64(1)...3)
    func powerless(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed, Self.settings()) { lab in
            lab.expect(within: 2_000) { lab.isLinked(0, 1) }
            let source = LabSource(lab.process(0), id: 1, chunks: 40, readMicrosecondsMax: 3_000)
            let sink = LabSink(lab.process(1), from: 0, seed: seed, writeMicrosecondsMax: 5_000)
            lab.expect(within: 3_000) { sink.chunks.count > 3 }
            lab.cutPower(of: 0)
            lab.run(milliseconds: 140_000)
            #expect(sink.end == nil)

            lab.expect(within: 20_000) { sink.end != nil }

            guard case .failed(let reason) = sink.end else {
                Issue.record("\(String(describing: sink.end))")
                return
            }
            #expect(reason.contains("nothing of the snapshot arrived for too long"))
            #expect(source.requests.count == 1)
        }
    }

    @Test("Two followers share the rate in fair parts, and a third one is served after them")
    func fair() {
        let rate = 2 << 20
        StreamLab.with(machines: 4, seed: 1, Self.settings(bytesPerSecond: rate)) { lab in
            lab.run(milliseconds: 2_000)
            let source = LabSource(lab.process(0), id: 1, chunks: 40, readMicrosecondsMax: 1_000)
            let begin = lab.now
            let sinks = (1...3).map { LabSink(lab.process($0), from: 0, seed: 1, writeMicrosecondsMax: 1_000) }
            lab.run(milliseconds: 1_000)
            let progress = lab.process(0).transport.snapshotTransfers
            #expect(progress.count == 2)
            let chunks = progress.map(\.chunks)
            // A turn is lost where the store or the socket is late for it.
            #expect((chunks.max() ?? 0) - (chunks.min() ?? 0) <= 3, "\(chunks)")
            #expect(progress.reduce(0) { $0 + $1.bytes } <= UInt64(rate) + UInt64(80 << 10))

            lab.expect(within: 30_000) { sinks.allSatisfy { $0.end != nil } }

            for sink in sinks {
                #expect(sink.end == .complete)
                #expect(sink.chunks == source.chunks)
            }
            let bytes = source.chunks.reduce(0) { $0 + $1.readableBytes }
            let seconds = Double(lab.now - begin) / 1e9
            #expect(Double(3 * bytes) / seconds <= Double(rate))
            // It is used as well.
            #expect(Double(3 * bytes) / seconds > Double(rate) / 2)
        }
    }

    @Test("A chunk leaves only while the socket has room, however fast the store reads and however slow the network is")
    func writable() {
        let slow = StreamWeather(delayMin: 40_000_000, delayMax: 80_000_000)
        StreamLab.with(machines: 2, seed: 1, Self.settings(bytesPerSecond: 1 << 30), weather: slow) { lab in
            lab.expect(within: 4_000) { lab.isLinked(0, 1) }
            let chunkBytesMax = 64 << 10
            let source = LabSource(
                lab.process(0), id: 1, chunks: 60, chunkBytesMax: chunkBytesMax, readMicrosecondsMax: 100)
            let sink = LabSink(lab.process(1), from: 0, seed: 1, writeMicrosecondsMax: 100)
            var waiting: [Int] = []
            while sink.end == nil, lab.now < 120_000_000_000 {
                lab.run(milliseconds: 1) { sink.end != nil }
                waiting += Self.transfers(lab).map(\.acceptor.waitingBytes)
            }

            #expect(sink.end == .complete)
            #expect(sink.chunks == source.chunks)
            // It was full now and then.
            let mark = 64 << 10
            #expect(waiting.contains { $0 >= mark })
            #expect(waiting.allSatisfy { $0 < mark + chunkBytesMax + 1_000 })
        }
    }

    @Test("The same seed gives the same transfer")
    func determinism() {
        let hashes = [UInt64(1), 1, 2].map { seed in
            StreamLab.with(machines: 2, seed: seed, Self.settings(), weather: Self.rough) { lab in
                var draw = Draw(seed: seed, concern: 2)
                lab.run(milliseconds: 1_000)
                let source = LabSource(lab.process(0), id: 1, chunks: 10, readMicrosecondsMax: 3_000)
                let sink = LabSink(lab.process(1), from: 0, seed: 1, writeMicrosecondsMax: 20_000)
                Self.disturb(lab, &draw) { sink.end != nil }
                #expect(source.chunks == sink.chunks)
                return lab.trace.value
            }
        }
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }
}
