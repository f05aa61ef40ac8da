import ClusterControl
import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import RaftCore

@testable import HTTPAPI

/// The HTTP side of one node on an embedded event loop. Its replica completes every write and every read as soon as a
/// burst is posted.
final class InstantNode {
    private let channel: EmbeddedChannel
    private let replica = InstantReplica()

    init() throws {
        let eventLoop = EmbeddedEventLoop()
        var status = NodeStatus(nodeID: "node1", clusterID: Fixtures.cluster.description, role: .leader, term: Term(1))
        status.leaderID = "node1"
        let services = LoopServices(
            eventLoop: eventLoop, gateway: replica, reader: OneRecord(),
            board: StatusBoard(status), control: NoControl(), settings: HTTPServerSettings())
        let table = ConnectionTable(services: services, recordReads: NoDisk())
        table.start()
        channel = EmbeddedChannel(loop: eventLoop)
        try HTTPServer.addHandler(to: channel, of: table)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 2221)).wait()
        // Completions arrive in a later loop pass, as they do from the apply thread.
        replica.deliver = { [unowned table] in table.deliver($0) }
    }

    /// Sends bytes and returns the number of bytes in the answers.
    func exchange(_ request: ByteBuffer) throws -> Int {
        try channel.writeInbound(request)
        channel.embeddedEventLoop.run()
        replica.answer()
        var answeredBytes = 0
        while let output = try channel.readOutbound(as: ByteBuffer.self) { answeredBytes += output.readableBytes }
        return answeredBytes
    }
}

private final class InstantReplica: Submitting {
    let sink: UInt32 = 0
    var onBurstStarted: () -> Void = {}
    var deliver: ([Completion]) -> Void = { _ in }
    private var completions: [Completion] = []
    private var revision: UInt64 = 100_000

    func submitWrite(
        tag: RequestTag, header: CommandHeader, contentType: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) -> Bool {
        revision += 1
        let result = CommandResult(status: .applied, existed: false, revision: revision)
        return take(Completion(tag: tag, outcome: .written(result)))
    }

    func submitGroup(tag: RequestTag, header: GroupHeader, operations: UnsafeRawBufferPointer) -> Bool {
        revision += UInt64(header.operationCount)
        return take(
            Completion(tag: tag, outcome: .written(CommandResult(status: .applied, existed: false, revision: revision)))
        )
    }

    func submitRead(tag: RequestTag) -> Bool { take(Completion(tag: tag, outcome: .readable)) }

    func postBurst() {}

    func answer() {
        guard !completions.isEmpty else { return }
        deliver(completions)
        completions.removeAll(keepingCapacity: true)
    }

    private func take(_ completion: Completion) -> Bool {
        if completions.isEmpty { onBurstStarted() }
        completions.append(completion)
        return true
    }
}

/// A reader that finds the same record under every key.
private final class OneRecord: LoopReader {
    private let record: [UInt8]

    init() {
        var bytes = [UInt8](repeating: 0, count: RecordHeader.bytesMin)
        bytes.withUnsafeMutableBytes {
            RecordHeader.encode(valueType: .bytes, contentTypeBytes: 0, revision: 1, into: $0)
        }
        record = bytes + Fixtures.value
    }

    func withRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool {
        record.withUnsafeBytes { body($0) }
        return true
    }

    func letGo() {}
}

/// Every record is in memory.
private struct NoDisk: RecordReading {
    func read(_ reads: [RecordRead], _ done: @escaping @Sendable ([RecordRead]) -> Void) {
        preconditionFailure("a benchmark read from the disk")
    }
}

private struct NoControl: MembershipControl {
    func perform(_ request: ControlRequest) async -> ControlAnswer { ControlAnswer(code: .ok) }
}
