import Benchmark
import HotPath
import KeyValue
import NIOCore
import RaftCore

@testable import PeerTransport

/// The stages of a write and of a read, each alone. Figures are the mean of a thousand operations; if one operation is
/// a batch, the name says of how many elements. Names must not change, because stored baselines refer to them.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .instructions], timeUnits: .nanoseconds, warmupIterations: 3, scalingFactor: .kilo,
        maxDuration: .seconds(1), maxIterations: 1_000)
    measureCore()
    measureCommands()
    measureEntries()
    measureFrames()
    measureHTTP()
    measureStore()
}

private func measureCore() {
    for count in [1, 16] {
        let sizes = [UInt32](repeating: 300, count: count)
        Benchmark("Core: commit \(entries(count)) on a leader of three") { benchmark in
            let leader = LeaderOfThree()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { leader.commit(sizes: sizes) }
            benchmark.stopMeasurement()
        }
    }
}

private func measureCommands() {
    Benchmark("Command: encode a put of 256 bytes") { benchmark in
        let key = Fixtures.key(12_345)
        var commands = ByteBuffer()
        for _ in benchmark.scaledIterations {
            commands.clear()
            Fixtures.write(putOf: key, to: &commands)
            blackHole(commands.readableBytes)
        }
    }
    Benchmark("Command: decode a put of 256 bytes") { benchmark in
        try Fixtures.commands(1).withUnsafeReadableBytes { bytes in
            for _ in benchmark.scaledIterations { blackHole(try CommandView(decoding: bytes).key.count) }
        }
    }
}

private func measureEntries() {
    for count in [1, 64] {
        Benchmark("Entry: encode \(puts(count)), with checksum") { benchmark in
            let commands = Fixtures.commands(count)
            for _ in benchmark.scaledIterations {
                var rest = commands
                var builder = EntryBuilder(payloadBytesExpected: rest.readableBytes)
                blackHole(builder.take(from: &rest))
                blackHole(builder.finish(id: LogID(index: LogIndex(1), term: Term(1))).encodedBytes)
            }
        }
        Benchmark("Entry: decode \(puts(count)), with checksum") { benchmark in
            let encoded = Fixtures.entry(index: LogIndex(1), commandCount: count).encoded
            for _ in benchmark.scaledIterations {
                var rest = encoded
                blackHole(try Entry(decoding: &rest).encodedBytes)
            }
        }
    }
}

private func measureFrames() {
    let request = AppendEntriesRequest(
        prevLogID: LogID(index: LogIndex(1), term: Term(1)), range: LogRange(LogIndex(2), LogIndex(3)),
        leaderCommit: LogIndex(1), readRound: 1, sequence: 1)
    let message = PeerMessage.raft(
        Message(from: "a", to: "b", term: Term(1), body: .appendEntriesRequest(request)),
        entries: [Fixtures.entry(index: LogIndex(2), commandCount: 64)])
    Benchmark("AppendEntries: encode the frame of 64 puts") { benchmark in
        var frame = ByteBuffer()
        for _ in benchmark.scaledIterations {
            frame.clear()
            message.encode(into: &frame, sequence: 0)
        }
        blackHole(frame.readableBytes)
    }
    Benchmark("AppendEntries: decode the frame of 64 puts") { benchmark in
        var frame = ByteBuffer()
        message.encode(into: &frame, sequence: 0)
        for _ in benchmark.scaledIterations {
            blackHole(try PeerMessage(decoding: Frame(decoding: frame, sequence: 0), from: "a", to: "b"))
        }
    }
}

private func measureHTTP() {
    let fields = "Host: 127.0.0.1:2221\r\n"
    let put = Array("PUT /v1/kv/key00012345 HTTP/1.1\r\n\(fields)Content-Length: 256\r\n\r\n".utf8) + Fixtures.value
    let get = Array("GET /v1/kv/key00012345?consistency=stale HTTP/1.1\r\n\(fields)\r\n".utf8)
    let requests: [(name: String, bytes: [UInt8])] = [
        ("1 PUT", put), ("16 pipelined PUTs", (0..<16).flatMap { _ in put }),
        ("1 stale GET", get), ("16 pipelined stale GETs", (0..<16).flatMap { _ in get }),
    ]
    for request in requests {
        Benchmark("HTTP: parse and answer \(request.name)") { benchmark in
            let node = try InstantNode()
            let bytes = ByteBuffer(bytes: request.bytes)
            let answeredBytes = try node.exchange(bytes)
            precondition(answeredBytes > 0, "a request was not answered")
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(try node.exchange(bytes)) }
            benchmark.stopMeasurement()
        }
    }
}

/// On the disk that holds `TMPDIR`. Each iteration begins with an empty store, and makes its entries before the clock
/// starts.
private func measureStore() {
    var configuration = Benchmark.defaultConfiguration
    configuration.warmupIterations = 1
    configuration.maxDuration = .seconds(2)
    for count in [1, 8, 64, 256] {
        Benchmark("Log: append and sync \(entries(count))", configuration: configuration) { benchmark in
            let store = try StoreUnderLoad()
            let batches = benchmark.scaledIterations.map { _ in store.makeEntries(count, commandsEach: 1) }
            benchmark.startMeasurement()
            for batch in batches { try store.append(batch) }
            benchmark.stopMeasurement()
        }
    }
    for count in [1, 256] {
        Benchmark("Store: apply an entry of \(puts(count))", configuration: configuration) { benchmark in
            let store = try StoreUnderLoad()
            let batches = benchmark.scaledIterations.map { _ in store.makeEntries(1, commandsEach: count) }
            benchmark.startMeasurement()
            for batch in batches { try store.apply(batch) }
            benchmark.stopMeasurement()
        }
    }
}

private func entries(_ count: Int) -> String { count == 1 ? "1 entry" : "\(count) entries" }

private func puts(_ count: Int) -> String { count == 1 ? "1 put" : "\(count) puts" }
