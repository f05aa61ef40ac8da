import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import NIOHTTP1
import RaftCore

@testable import HTTPAPI

/// One node's HTTP side on an embedded event loop: time stands still unless the test moves it.
final class Node {
    let eventLoop: EmbeddedEventLoop
    let replica = FakeReplica()
    let store = FakeStore()
    let disk = FakeDisk()
    let control = FakeControl()
    let board: StatusBoard
    let loop: HTTPLoop
    let sink: LoopCompletionSink

    init(_ change: (inout HTTPServerSettings) -> Void = { _ in }) {
        eventLoop = EmbeddedEventLoop()
        var settings = HTTPServerSettings()
        change(&settings)
        board = StatusBoard(Node.status)
        loop = HTTPLoop(
            eventLoop: eventLoop, gateway: replica, reader: store, recordReads: disk, board: board, control: control,
            settings: settings)
        sink = LoopCompletionSink(NIOLoopBoundBox(loop, eventLoop: eventLoop), on: eventLoop)
        loop.start()
    }

    static var status: NodeStatus {
        var status = NodeStatus(nodeID: "node1", clusterID: "c1", role: .leader, term: Term(2))
        status.leaderID = "node1"
        status.isCaughtUp = true
        status.lastLeaderContactNanoseconds = 0
        status.configuration = Configuration(members: [
            Member(id: "node1", role: .voter, raftAddress: ":1111", httpAddress: "127.0.0.1:2221")
        ])
        return status
    }

    /// A new connection to this node.
    func connect() throws -> Connection { try Connection(to: self) }

    /// Applies every command and completes every read of each burst at once.
    func answersAtOnce() {
        replica.onBurst = { [store, sink] burst in
            sink.post(burst.map { Completion(tag: $0.tag, outcome: store.apply($0)) })
        }
    }

    /// Carries out what is submitted and not yet completed, in the order of `places`.
    func complete(_ places: some Sequence<Int>) {
        sink.post(
            places.map { place in
                let submission = replica.submissions[place]
                return Completion(tag: submission.tag, outcome: store.apply(submission))
            })
    }

    /// The disk answers all that was asked of it.
    func completeRecordReads() {
        disk.complete(from: store)
        eventLoop.run()
    }

    func advance(_ time: TimeAmount) {
        var rest = time.nanoseconds
        while rest > 0 {
            let step = min(rest, HTTPLimits.sweepIntervalMilliseconds * 1_000_000)
            eventLoop.advanceTime(by: .nanoseconds(step))
            loop.sweep()
            rest -= step
        }
    }
}

/// One client connection, fed with bytes.
final class Connection {
    let channel: EmbeddedChannel
    let reads = ReadCounter()
    private let node: Node

    init(to node: Node) throws {
        self.node = node
        channel = EmbeddedChannel(loop: node.eventLoop)
        try channel.pipeline.syncOperations.addHandler(reads)
        try HTTPServer.addHandler(to: channel, of: node.loop)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Delivers bytes as one read, and lets the loop turn end.
    func send(_ bytes: some Sequence<UInt8>) throws {
        guard channel.isActive else { return }
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.read()
        node.eventLoop.run()
    }

    func send(_ text: String) throws { try send(text.utf8) }

    /// All that was written since the last call.
    func received() throws -> String { String(decoding: try receivedBytes(), as: UTF8.self) }

    func receivedBytes() throws -> [UInt8] { try receivedWrites().flatMap { $0 } }

    /// The same, one element for each buffer that was handed to the socket.
    func receivedWrites() throws -> [[UInt8]] {
        var writes: [[UInt8]] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            if buffer.readableBytes > 0 { writes.append(Array(buffer.readableBytesView)) }
        }
        return writes
    }

    /// Sends one request and returns the one answer to it.
    func exchange(_ request: String) throws -> Answer {
        try send(request)
        return try Answer(try received())
    }

    /// A request with header and, if given, body.
    func request(_ method: String, _ target: String, _ fields: [String] = [], body: String? = nil) throws -> Answer {
        try exchange(Self.text(method, target, fields, body: body))
    }

    static func text(_ method: String, _ target: String, _ fields: [String] = [], body: String? = nil) -> String {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: x\r\n"
        for field in fields { text += field + "\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        return text + "\r\n" + (body ?? "")
    }

    var isOpen: Bool { channel.isActive }

    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
        node.eventLoop.run()
    }
}

/// Counts what reaches the socket of the wish to read.
final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}

/// One answer, taken apart.
struct Answer {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: String
    private let remainder: ArraySlice<UInt8>

    struct Malformed: Error { let text: String }

    /// What follows the body.
    var rest: String { String(decoding: remainder, as: UTF8.self) }

    init(_ text: String, isHead: Bool = false) throws { try self.init(Array(text.utf8)[...], isHead: isHead) }

    private init(_ bytes: ArraySlice<UInt8>, isHead: Bool = false) throws {
        guard let end = Self.endOfHead(in: bytes) else { throw Malformed(text: String(decoding: bytes, as: UTF8.self)) }
        let lines = bytes[..<end].split(separator: UInt8(ascii: "\n")).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            throw Malformed(text: lines.joined(separator: "\n"))
        }
        self.status = status
        fields = try lines.dropFirst().filter { !$0.isEmpty }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Malformed(text: line) }
            return (String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
        let length = fields.first { $0.name == "Content-Length" }.flatMap { Int($0.value) } ?? 0
        let count = isHead ? 0 : length
        guard bytes.endIndex - end >= count else { throw Malformed(text: lines.joined(separator: "\n")) }
        body = String(decoding: bytes[end..<(end + count)], as: UTF8.self)
        remainder = bytes[(end + count)...]
    }

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All answers in `text`.
    static func all(_ text: String) throws -> [Answer] {
        var answers: [Answer] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let answer = try Answer(rest)
            answers.append(answer)
            rest = answer.remainder
        }
        return answers
    }

    /// Behind the empty line.
    static func endOfHead(in bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        while index + 4 <= bytes.endIndex {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                return index + 4
            }
            index += 1
        }
        return nil
    }

    /// The size of the first whole answer, nil if it is not complete.
    static func size(in bytes: ArraySlice<UInt8>) -> Int? {
        guard let end = endOfHead(in: bytes) else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        guard let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("Content-Length: ") }),
            let length = Int(field.dropFirst(16)), bytes.endIndex - end >= length
        else { return nil }
        return end + length - bytes.startIndex
    }
}
