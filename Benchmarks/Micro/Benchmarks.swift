import Benchmark
import HotPath
import KeyValue
import NIOCore
import RaftCore

@testable import PeerTransport

/// The parts of the way of a write and of a read, each alone. Figures are per operation; where one operation is a
/// batch, the name says of how many.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal, .instructions, .throughput], timeUnits: .nanoseconds, warmupIterations: 3,
        scalingFactor: .kilo, maxDuration: .seconds(1), maxIterations: 1_000)
    measureCore()
    measureCodecs()
    measureHTTP()
    measureStore()
}

private func measureCore() {
    for count in [1, 16] {
        let sizes = [UInt32](repeating: 300, count: count)
        Benchmark("Core: propose and commit \(count) of 3 nodes") { benchmark in
            let leader = LeaderOfThree()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { leader.commit(sizes: sizes) }
            benchmark.stopMeasurement()
        }
    }
}

private func measureCodecs() {
    Benchmark("Command: encode") { benchmark in
        withUnsafeTemporaryAllocation(byteCount: CommandView.headerBytes, alignment: 8) { target in
            for _ in benchmark.scaledIterations {
                CommandHeader(kind: .put, keyBytes: 11, valueBytes: 256).encode(into: target)
                blackHole(target[0])
            }
        }
    }
    Benchmark("Command: decode") { benchmark in
        try Fixtures.commands(1).withUnsafeReadableBytes { bytes in
            for _ in benchmark.scaledIterations { blackHole(try CommandView(decoding: bytes).key.count) }
        }
    }
    Benchmark("Entry: pack 64 commands") { benchmark in
        let commands = Fixtures.commands(64)
        for _ in benchmark.scaledIterations {
            var rest = commands
            var builder = EntryBuilder(payloadBytesExpected: rest.readableBytes)
            blackHole(builder.take(from: &rest))
            blackHole(builder.finish(id: LogID(index: LogIndex(1), term: Term(1))).encodedBytes)
        }
    }
    let request = AppendEntriesRequest(
        prevLogID: LogID(index: LogIndex(1), term: Term(1)), range: LogRange(LogIndex(2), LogIndex(3)),
        leaderCommit: LogIndex(1), readRound: 1, sequence: 1)
    let message = PeerMessage.raft(
        Message(from: "a", to: "b", term: Term(1), body: .appendEntriesRequest(request)),
        entries: [Fixtures.entry(index: LogIndex(2), commandCount: 64)])
    Benchmark("AppendEntries: encode 64 commands") { benchmark in
        var frame = ByteBuffer()
        for _ in benchmark.scaledIterations {
            frame.clear()
            message.encode(into: &frame, sequence: 0)
        }
        blackHole(frame.readableBytes)
    }
    Benchmark("AppendEntries: decode and check 64 commands") { benchmark in
        var frame = ByteBuffer()
        message.encode(into: &frame, sequence: 0)
        for _ in benchmark.scaledIterations {
            blackHole(try PeerMessage(decoding: Frame(decoding: frame, sequence: 0), from: "a", to: "b"))
        }
    }
}

private func measureHTTP() {
    let fields = "Host: 127.0.0.1:2221\r\n"
    let put = "PUT /v1/kv/key00012345 HTTP/1.1\r\n\(fields)Content-Length: 256\r\n\r\n"
    let get = "GET /v1/kv/key00012345?consistency=stale HTTP/1.1\r\n\(fields)\r\n"
    let requests: [(name: String, bytes: ByteBuffer)] = [
        ("PUT", ByteBuffer(bytes: Array(put.utf8) + Fixtures.value)),
        ("16 pipelined PUT", ByteBuffer(bytes: (0..<16).flatMap { _ in Array(put.utf8) + Fixtures.value })),
        ("stale GET", ByteBuffer(string: get)),
    ]
    for request in requests {
        Benchmark("HTTP: parse and answer \(request.name)") { benchmark in
            let node = try InstantNode()
            let answeredBytes = try node.exchange(request.bytes)
            precondition(answeredBytes > 0, "a request was not answered")
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(try node.exchange(request.bytes)) }
            benchmark.stopMeasurement()
        }
    }
}

/// Each iteration begins with an empty store, and makes its entries before the clock runs.
private func measureStore() {
    for count in [1, 32, 256] {
        Benchmark("Log: append and sync \(count) entries of one command") { benchmark in
            let store = try StoreUnderLoad()
            let batches = benchmark.scaledIterations.map { _ in store.makeEntries(count, commandsEach: 1) }
            benchmark.startMeasurement()
            for batch in batches { try store.append(batch) }
            benchmark.stopMeasurement()
        }
    }
    Benchmark("Store: apply 64 puts") { benchmark in
        let store = try StoreUnderLoad()
        let batches = benchmark.scaledIterations.map { _ in store.makeEntries(1, commandsEach: 64) }
        benchmark.startMeasurement()
        for batch in batches { try store.apply(batch) }
        benchmark.stopMeasurement()
    }
}
