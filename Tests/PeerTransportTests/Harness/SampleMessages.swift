import Bytes
import ClusterControl
import HotPath
import KeyValue
import NIOCore
import RaftCore

@testable import PeerTransport

/// The messages of the golden frames, and random ones.
enum SampleMessages {
    static let sender: NodeID = "n1"
    static let receiver: NodeID = "n2"
    static let clusterID = ClusterID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)

    static let instance = InstanceID(high: 0x2122_2324_2526_2728, low: 0x292a_2b2c_2d2e_2f30)

    static let hello = Hello(
        purpose: .link, clusterID: clusterID, instance: instance, memberSince: LogIndex(9), isRaftAddressSet: true,
        startID: 0x1112_1314_1516_1718, electionSettings: electionSettings, memberCount: 3, featureLevel: 5,
        nodeID: "n1", expectedNodeID: "n2", raftAddress: ":1111", httpAddress: "", softwareVersion: "1.0",
        receiverAddress: "h:1112")

    static let electionSettings = {
        var settings = ElectionSettings()
        settings.timeoutNanoseconds = 1_000_000_007
        settings.heartbeatNanoseconds = 200_000_003
        settings.checkQuorum = false
        return settings
    }()

    static let adoptionRequest = AdoptionRequest(
        nodeID: "n2", startID: 5, clusterID: clusterID, consent: "yes", leaderID: "n1", leaderAddress: "h:1111")

    static func logID(_ index: UInt64, _ term: UInt64) -> LogID { LogID(index: LogIndex(index), term: Term(term)) }

    static func raft(_ body: Message.Body, term: UInt64 = 7, entries: [Entry] = []) -> PeerMessage {
        .raft(Message(from: sender, to: receiver, term: Term(term), body: body), entries: entries)
    }

    static func command(key: [UInt8], value: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        let header = CommandHeader(kind: .put, keyBytes: key.count, valueBytes: value.count)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + key + value
    }

    static let snapshotRequest: SnapshotRequest = {
        let lastIncluded = LogID(index: LogIndex(9), term: Term(6))
        return SnapshotRequest(
            lastIncluded: lastIncluded, id: SnapshotID(0x0102_0304_0506_0708), position: ByteBuffer(string: "key"))
    }()

    /// The golden frame of a transfer of a snapshot; nil for the other kinds.
    static func snapshot(of kind: FrameKind) -> SnapshotFrame? {
        switch kind {
        case .snapshotRequest: .request(snapshotRequest, credits: 4)
        case .snapshotOpened: SnapshotID(0x0102_0304_0506_0708).map { .opened($0) }
        case .snapshotChunk: .chunk(ByteBuffer(string: "rows"))
        case .snapshotCredit: .credit(1)
        case .snapshotEnd: .end(total: ByteBuffer(string: "sum"))
        case .snapshotRefused: .refused(SnapshotRefusal(.gone, "no"))
        default: nil
        }
    }

    /// The message of the golden frame of this kind; nil for the kinds that carry none.
    static func message(of kind: FrameKind) -> PeerMessage? {
        let command = command(key: [0x6B], value: [0x76])
        switch kind {
        case .hello, .welcome, .goodbye, .ping, .adoptionRequest, .adoptionAnswer, .snapshotRequest, .snapshotOpened,
            .snapshotChunk, .snapshotCredit, .snapshotEnd, .snapshotRefused:
            return nil
        case .requestVoteRequest:
            return raft(
                .requestVoteRequest(
                    RequestVoteRequest(isPreVote: true, isLeadershipTransfer: true, lastLogID: logID(9, 6))))
        case .requestVoteResponse:
            return raft(
                .requestVoteResponse(
                    RequestVoteResponse(isPreVote: false, requestTerm: Term(7), voteGranted: true)))
        case .appendEntriesRequest:
            let entries = [
                Entry(id: logID(10, 7), kind: .noop, commandCount: 0, payload: ByteBuffer()),
                Entry(id: logID(11, 7), kind: .commands, commandCount: 1, payload: ByteBuffer(bytes: command)),
            ]
            return raft(
                .appendEntriesRequest(
                    AppendEntriesRequest(
                        prevLogID: logID(9, 6), range: LogRange(LogIndex(10), LogIndex(12)),
                        leaderCommit: LogIndex(8), readRound: 2, sequence: 3, lostThrough: logID(100, 6))),
                entries: entries)
        case .appendEntriesResponse:
            return raft(
                .appendEntriesResponse(
                    AppendEntriesResponse(
                        result: .conflict(rejected: logID(9, 6), hint: logID(8, 5)), readRound: 2, sequence: 3)))
        case .installSnapshotRequest:
            let configuration = Configuration(members: [Member(id: "n1", role: .voter, raftAddress: "h:1")])
            return raft(
                .installSnapshotRequest(
                    InstallSnapshotRequest(lastIncluded: logID(9, 6), configuration: configuration)))
        case .installSnapshotResponse:
            return raft(
                .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: logID(9, 6), installed: true)))
        case .timeoutNow:
            return raft(.timeoutNow(TimeoutNow(lastLogID: logID(9, 6))))
        case .forwardedWrites:
            return .forwardedWrites(id: 4, commandCount: 1, commands: ByteBuffer(bytes: command))
        case .forwardedWritesAnswer:
            let result = CommandResult(status: .applied, existed: true, revision: 12)
            return .forwardedWritesAnswer(
                id: 4, first: 5, outcomes: [.written(result), .readable, .failed(.unknownOutcome)])
        case .readIndexRequest:
            return .readIndexRequest(id: 4)
        case .readIndexAnswer:
            return .readIndexAnswer(id: 4, index: LogIndex(9))
        case .controlRequest:
            return .controlRequest(id: 4, payload: ByteBuffer(string: "ask"))
        case .controlAnswer:
            return .controlAnswer(id: 4, payload: ByteBuffer(string: "told"))
        case .removed:
            return .removed(index: LogIndex(9))
        case .comparisonAnswer:
            let digest = StateDigest(applied: logID(9, 6), revision: 12, keyCount: 3, hash: 0x0102_0304_0506_0708)
            return .comparisonAnswer(id: logID(9, 6), digest: digest)
        }
    }

    // MARK: Random

    static func random(using generator: inout SplitMix64) -> PeerMessage {
        // The kinds are listed in one place, so a new one cannot be forgotten here.
        let kinds = FrameKind.allCases.filter { $0.family == .peerMessage }
        let kind = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
        let counter = 0..<(UInt64.max / 2)
        let number: (inout SplitMix64) -> UInt64 = { UInt64.random(in: .min ... .max, using: &$0) }
        let id: (inout SplitMix64) -> LogID = {
            logID(UInt64.random(in: counter, using: &$0), UInt64.random(in: counter, using: &$0))
        }
        let flag: (inout SplitMix64) -> Bool = { Bool.random(using: &$0) }
        let term = UInt64.random(in: counter, using: &generator)
        switch kind {
        case .hello, .welcome, .goodbye, .ping, .adoptionRequest, .adoptionAnswer, .snapshotRequest, .snapshotOpened,
            .snapshotChunk, .snapshotCredit, .snapshotEnd, .snapshotRefused:
            preconditionFailure("filtered out")
        case .requestVoteRequest:
            let request = RequestVoteRequest(
                isPreVote: flag(&generator), isLeadershipTransfer: flag(&generator), lastLogID: id(&generator))
            return raft(.requestVoteRequest(request), term: term)
        case .requestVoteResponse:
            let response = RequestVoteResponse(
                isPreVote: flag(&generator), requestTerm: Term(UInt64.random(in: counter, using: &generator)),
                voteGranted: flag(&generator))
            return raft(.requestVoteResponse(response), term: term)
        case .appendEntriesRequest:
            return randomAppendEntriesRequest(using: &generator)
        case .appendEntriesResponse:
            let result: AppendEntriesResponse.Result =
                flag(&generator)
                ? .matched(id(&generator)) : .conflict(rejected: id(&generator), hint: id(&generator))
            let response = AppendEntriesResponse(
                result: result, readRound: number(&generator), sequence: number(&generator))
            return raft(.appendEntriesResponse(response), term: term)
        case .installSnapshotRequest:
            let request = InstallSnapshotRequest(
                lastIncluded: id(&generator), configuration: randomConfiguration(using: &generator))
            return raft(.installSnapshotRequest(request), term: term)
        case .installSnapshotResponse:
            let response = InstallSnapshotResponse(lastIncluded: id(&generator), installed: flag(&generator))
            return raft(.installSnapshotResponse(response), term: term)
        case .timeoutNow:
            return raft(.timeoutNow(TimeoutNow(lastLogID: id(&generator))), term: term)
        case .forwardedWrites:
            return randomForwardedWrites(id: number(&generator), using: &generator)
        case .forwardedWritesAnswer:
            var outcomes: [Outcome] = []
            for _ in 0..<Int.random(in: 0...20, using: &generator) { outcomes.append(randomOutcome(using: &generator)) }
            return .forwardedWritesAnswer(
                id: number(&generator), first: Int.random(in: 0...1_000, using: &generator), outcomes: outcomes)
        case .readIndexRequest:
            return .readIndexRequest(id: number(&generator))
        case .readIndexAnswer:
            let index = LogIndex(UInt64.random(in: counter, using: &generator))
            return .readIndexAnswer(id: number(&generator), index: flag(&generator) ? index : nil)
        case .controlRequest:
            return .controlRequest(id: number(&generator), payload: randomBuffer(using: &generator))
        case .controlAnswer:
            return .controlAnswer(id: number(&generator), payload: randomBuffer(using: &generator))
        case .removed:
            return .removed(index: LogIndex(UInt64.random(in: counter, using: &generator)))
        case .comparisonAnswer:
            let id = id(&generator)
            let digest = StateDigest(
                applied: id, revision: number(&generator), keyCount: Int.random(in: 0...Int.max, using: &generator),
                hash: number(&generator))
            return .comparisonAnswer(id: id, digest: flag(&generator) ? digest : nil)
        }
    }

    private static func randomForwardedWrites(id: UInt64, using generator: inout SplitMix64) -> PeerMessage {
        let count = Int.random(in: 1...20, using: &generator)
        var commands = ByteBuffer()
        for _ in 0..<count { commands.writeBytes(randomCommand(using: &generator)) }
        return .forwardedWrites(id: id, commandCount: count, commands: commands)
    }

    private static func randomAppendEntriesRequest(using generator: inout SplitMix64) -> PeerMessage {
        let first = UInt64.random(in: 1...1_000, using: &generator)
        let count = Int.random(in: 0...10, using: &generator)
        var entryTerm = UInt64.random(in: 1...9, using: &generator)
        let prevLogID = logID(first - 1, entryTerm)
        var entries: [Entry] = []
        for position in 0..<count {
            entryTerm += UInt64.random(in: 0...1, using: &generator)
            let id = logID(first + UInt64(position), entryTerm)
            switch Int.random(in: 0...9, using: &generator) {
            case 0:
                entries.append(Entry(id: id, kind: .noop, commandCount: 0, payload: ByteBuffer()))
            case 1:
                let payload = ConfigurationCodec.encode(randomConfiguration(using: &generator))
                entries.append(Entry(id: id, kind: .configuration, commandCount: 0, payload: payload))
            default:
                var payload = ByteBuffer()
                let commands = Int.random(in: 1...5, using: &generator)
                for _ in 0..<commands { payload.writeBytes(randomCommand(using: &generator)) }
                entries.append(Entry(id: id, kind: .commands, commandCount: commands, payload: payload))
            }
        }
        let request = AppendEntriesRequest(
            prevLogID: prevLogID, range: LogRange(LogIndex(first), LogIndex(first + UInt64(count))),
            leaderCommit: LogIndex(UInt64.random(in: 0...first, using: &generator)),
            readRound: UInt64.random(in: .min ... .max, using: &generator),
            sequence: UInt64.random(in: .min ... .max, using: &generator),
            lostThrough: Bool.random(using: &generator) ? logID(first + 7, prevLogID.term.rawValue) : nil)
        return raft(
            .appendEntriesRequest(request), term: entryTerm + UInt64.random(in: 0...3, using: &generator),
            entries: entries)
    }

    private static func randomCommand(using generator: inout SplitMix64) -> [UInt8] {
        command(
            key: randomBytes(1...20, using: &generator), value: randomBytes(0...300, using: &generator))
    }

    private static func randomBytes(_ sizes: ClosedRange<Int>, using generator: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: sizes, using: &generator) {
            bytes.append(UInt8.random(in: .min ... .max, using: &generator))
        }
        return bytes
    }

    private static func randomBuffer(using generator: inout SplitMix64) -> ByteBuffer {
        ByteBuffer(bytes: randomBytes(0...200, using: &generator))
    }

    private static func randomConfiguration(using generator: inout SplitMix64) -> Configuration {
        var members: [Member] = []
        for number in 0..<Int.random(in: 0...5, using: &generator) {
            members.append(
                Member(
                    id: NodeID("nöde\(number)"), role: Bool.random(using: &generator) ? .voter : .learner,
                    raftAddress: "host\(number):1111", httpAddress: number % 2 == 0 ? "" : "host:2221",
                    aliases: number % 3 == 0 ? ["alias"] : []))
        }
        return Configuration(members: members)
    }

    private static func randomOutcome(using generator: inout SplitMix64) -> Outcome {
        switch Int.random(in: 0...2, using: &generator) {
        case 0:
            .written(
                CommandResult(
                    status: Bool.random(using: &generator) ? .applied : .preconditionFailed,
                    existed: Bool.random(using: &generator),
                    revision: UInt64.random(in: .min ... .max, using: &generator)))
        case 1: .readable
        default: .failed(.overloaded)
        }
    }
}

/// Whether two messages are the same in every field that travels. A received AppendEntriesRequest also describes its
/// entries, which `described` compares.
func isSame(_ left: PeerMessage, _ right: PeerMessage) -> Bool {
    switch (left, right) {
    case (.raft(let left, let leftEntries), .raft(let right, let rightEntries)):
        return withoutDescription(left) == withoutDescription(right) && leftEntries == rightEntries
    case (.forwardedWrites(let left, let leftCount, let leftBytes), .forwardedWrites(let right, let count, let bytes)):
        return left == right && leftCount == count && leftBytes == bytes
    case (
        .forwardedWritesAnswer(let left, let leftFirst, let leftOutcomes),
        .forwardedWritesAnswer(let right, let first, let outcomes)
    ):
        return left == right && leftFirst == first && leftOutcomes == outcomes
    case (.readIndexRequest(let left), .readIndexRequest(let right)):
        return left == right
    case (.removed(let left), .removed(let right)):
        return left == right
    case (.comparisonAnswer(let left, let leftDigest), .comparisonAnswer(let right, let digest)):
        return left == right && leftDigest == digest
    case (.readIndexAnswer(let left, let leftIndex), .readIndexAnswer(let right, let index)):
        return left == right && leftIndex == index
    case (.controlRequest(let left, let leftPayload), .controlRequest(let right, let payload)),
        (.controlAnswer(let left, let leftPayload), .controlAnswer(let right, let payload)):
        return left == right && leftPayload == payload
    default:
        return false
    }
}

private func withoutDescription(_ message: Message) -> Message {
    guard case .appendEntriesRequest(var request) = message.body else { return message }
    request.runs = []
    request.configurations = []
    return Message(from: message.from, to: message.to, term: message.term, body: .appendEntriesRequest(request))
}
