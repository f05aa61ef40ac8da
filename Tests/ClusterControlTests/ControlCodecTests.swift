import ClusterControl
import KeyValue
import NIOCore
import Testing

@Suite("Control requests and answers between nodes")
struct ControlCodecTests {
    private static let join = {
        var join = JoinRequest(nodeID: "n1", raftAddress: "a:1")
        join.httpAddress = "b"
        join.asLearner = true
        join.force = true
        join.isUpdate = true
        join.consent = "yes"
        join.timeoutMilliseconds = 258
        return ControlRequest.join(join)
    }()
    private static let removal = {
        var removal = RemoveRequest(nodeID: "n2")
        removal.force = true
        removal.timeoutMilliseconds = 1
        return ControlRequest.remove(removal)
    }()

    @Test("The bytes of a join stay as they are: nodes of two releases may talk to each other")
    func goldenJoin() throws {
        var plain = JoinRequest(nodeID: "é", raftAddress: "")
        plain.timeoutMilliseconds = 10_000

        #expect(
            bytes(ControlCodec.encode(Self.join)) == [
                1, 0b101_1111, 2, 1, 0, 0, 2, 0, 0, 0, 110, 49, 3, 0, 0, 0, 97, 58, 49, 1, 0, 0, 0, 98, 3, 0, 0, 0,
                121, 101, 115,
            ])
        #expect(
            bytes(ControlCodec.encode(.join(plain))) == [
                1, 0b0100, 16, 39, 0, 0, 2, 0, 0, 0, 0xC3, 0xA9, 0, 0, 0, 0,
            ])
    }

    @Test("The bytes of a removal and of answers stay as they are")
    func goldenOthers() throws {
        var bound = RemoveRequest(nodeID: "n")
        bound.timeoutMilliseconds = 1
        bound.since = 258
        let failure = ControlAnswer(code: .timeout, message: "late")
        let unknown = ControlAnswer(code: .timeout, message: "late", applied: .unknown)
        let success = ControlAnswer(code: .ok, warning: "w", statsJSON: "{}")

        #expect(bytes(ControlCodec.encode(Self.removal)) == [2, 0b10, 1, 0, 0, 0, 2, 0, 0, 0, 110, 50])
        #expect(
            bytes(ControlCodec.encode(.remove(bound))) == [
                2, 0b100000, 1, 0, 0, 0, 1, 0, 0, 0, 110, 2, 1, 0, 0, 0, 0, 0, 0,
            ])
        #expect(try ControlCodec.decodeRequest(ControlCodec.encode(.remove(bound))) == .remove(bound))
        let comparison = ControlRequest.compare(timeoutMilliseconds: 258)
        #expect(bytes(ControlCodec.encode(comparison)) == [3, 0, 2, 1, 0, 0, 0, 0, 0, 0])
        #expect(try ControlCodec.decodeRequest(ControlCodec.encode(comparison)) == comparison)
        #expect(
            bytes(ControlCodec.encode(failure)) == [
                7, 0, 0, 0, 116, 105, 109, 101, 111, 117, 116, 4, 0, 0, 0, 108, 97, 116, 101, 0, 2, 0, 0, 0, 123, 125,
            ])
        #expect(
            bytes(ControlCodec.encode(unknown)) == [
                7, 0, 0, 0, 116, 105, 109, 101, 111, 117, 116, 4, 0, 0, 0, 108, 97, 116, 101, 0b100, 2, 0, 0, 0, 123,
                125,
            ])
        #expect(
            bytes(ControlCodec.encode(success)) == [
                2, 0, 0, 0, 111, 107, 0, 0, 0, 0, 1, 1, 0, 0, 0, 119, 2, 0, 0, 0, 123, 125,
            ])
    }

    @Test(
        "Requests arrive as they were sent",
        arguments: [join, removal, .join(JoinRequest(nodeID: "", raftAddress: "a"))])
    func requestsArrive(request: ControlRequest) throws {
        #expect(try ControlCodec.decodeRequest(ControlCodec.encode(request)) == request)
    }

    @Test("Answers arrive as they were sent, with every code")
    func answersArrive() throws {
        let codes: [ControlAnswer.Code] = [
            .ok, .invalidArgument, .joinerNotEmpty, .nodeIDConflict, .clusterMismatch, .dataDiffer,
            .membershipChangeInProgress, .wouldLoseQuorum, .noLeader, .timeout, .unreachable, .internal,
        ]
        for code in codes {
            let answer = ControlAnswer(code: code, message: "é", warning: code == .ok ? "w" : nil, statsJSON: "[]")

            #expect(try ControlCodec.decodeAnswer(ControlCodec.encode(answer)) == answer)
        }
    }

    @Test("An answer says what the failed request has changed all the same")
    func effectsArrive() throws {
        for effect in ControlEffect.allCases {
            let answer = ControlAnswer(code: .unreachable, message: "m", applied: effect, warning: "w")

            #expect(try ControlCodec.decodeAnswer(ControlCodec.encode(answer)) == answer)
        }
    }

    @Test("An effect that only a later release knows is taken as unknown")
    func laterEffect() throws {
        let later = ByteBuffer(bytes: [2, 0, 0, 0, 111, 107, 0, 0, 0, 0, 0b110, 0, 0, 0, 0])

        #expect(try ControlCodec.decodeAnswer(later).applied == .unknown)
    }

    @Test("The effect of several steps is the least certain of theirs")
    func effectOfSteps() {
        #expect(ControlEffect.no.after(.no) == .no)
        #expect(ControlEffect.no.after(.partly) == .partly)
        #expect(ControlEffect.partly.after(.no) == .partly)
        #expect(ControlEffect.unknown.after(.partly) == .unknown)
        #expect(ControlEffect.no.after(.unknown) == .unknown)
    }

    @Test("A message that is cut off anywhere is refused")
    func cutOff() {
        for request in [Self.join, Self.removal] {
            let whole = ControlCodec.encode(request)
            for count in 0..<whole.readableBytes {
                let part = whole.getSlice(at: 0, length: count)!
                #expect(throws: CodecError.self) { try ControlCodec.decodeRequest(part) }
            }
        }
        let answer = ControlCodec.encode(ControlAnswer(code: .ok, message: "m", warning: "w"))
        for count in 0..<answer.readableBytes {
            let part = answer.getSlice(at: 0, length: count)!
            #expect(throws: CodecError.self) { try ControlCodec.decodeAnswer(part) }
        }
    }

    @Test("An unknown kind, an unknown code, a string that is too long or not UTF-8 are refused")
    func malformed() {
        let unknownKind = ByteBuffer(bytes: [4, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        let notUTF8 = ByteBuffer(bytes: [2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xFF])
        let unknownCode = ByteBuffer(bytes: [1, 0, 0, 0, 120])
        var long = RemoveRequest(nodeID: String(repeating: "n", count: 64 << 10))

        #expect(throws: CodecError.self) { try ControlCodec.decodeRequest(unknownKind) }
        #expect(throws: CodecError.self) { try ControlCodec.decodeRequest(notUTF8) }
        #expect(throws: CodecError.self) { try ControlCodec.decodeAnswer(unknownCode) }
        #expect(throws: Never.self) { try ControlCodec.decodeRequest(ControlCodec.encode(.remove(long))) }
        long.nodeID += "n"
        #expect(throws: CodecError.self) { try ControlCodec.decodeRequest(ControlCodec.encode(.remove(long))) }
    }

    @Test("A request says how long its user waits, and an endless one is cut to what fits the wire")
    func timeouts() throws {
        var endless = RemoveRequest(nodeID: "n")
        endless.timeoutMilliseconds = .max

        #expect(Self.join.timeoutMilliseconds == 258)
        #expect(Self.removal.timeoutMilliseconds == 1)
        let arrived = try ControlCodec.decodeRequest(ControlCodec.encode(.remove(endless)))
        #expect(arrived.timeoutMilliseconds == Int(UInt32.max))
    }

    @Test("An answer arrives after a committed change, however much there is to say")
    func longAnswer() throws {
        let long = String(repeating: "é", count: 1 << 20)
        let statistics = "{\"latest_configuration\":\"" + String(repeating: "x", count: 900_000) + "\"}"
        let answer = ControlAnswer(code: .ok, message: long, warning: long, statsJSON: statistics)

        let arrived = try ControlCodec.decodeAnswer(ControlCodec.encode(answer))

        #expect(arrived.code == .ok && arrived.statsJSON == statistics)
        #expect(long.hasPrefix(arrived.message) && arrived.message.utf8.count > 1_000)
        let endless = ControlCodec.encode(ControlAnswer(code: .ok, statsJSON: long))
        #expect(try ControlCodec.decodeAnswer(endless).statsJSON == "{}")
    }

    @Test("The time that is left replaces the time that was asked for")
    func remainingTime() {
        for var request in [Self.join, Self.removal] {
            request.timeoutMilliseconds = 7
            #expect(request.timeoutMilliseconds == 7)
        }
    }

    private func bytes(_ buffer: ByteBuffer) -> [UInt8] { Array(buffer.readableBytesView) }
}
