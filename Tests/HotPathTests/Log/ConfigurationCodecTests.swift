import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@Suite("The encoding of configurations")
struct ConfigurationCodecTests {
    private let configuration = Configuration(members: [
        Member(id: "node1", role: .voter, raftAddress: "127.0.0.1:1111", httpAddress: "127.0.0.1:2221"),
        Member(id: "node2", role: .learner, raftAddress: "[::1]:1112", aliases: ["node_2"], since: LogIndex(1 << 40)),
    ])

    @Test("A configuration is decoded as it was encoded")
    func roundTrip() throws {
        #expect(try ConfigurationCodec.decode(ConfigurationCodec.encode(configuration)) == configuration)
        #expect(try ConfigurationCodec.decode(ConfigurationCodec.encode(Configuration())) == Configuration())
    }

    @Test("The bytes stay as they are")
    func goldenBytes() {
        let small = Configuration(
            members: [
                Member(
                    id: "n", role: .voter, raftAddress: "h:1", aliases: ["a"], since: LogIndex(9),
                    instance: InstanceID(high: 3, low: 4))
            ], featureLevel: 7)

        #expect(
            Array(ConfigurationCodec.encode(small).readableBytesView)
                == [1, 7, 1, 1, 1, 0, 110, 3, 0, 104, 58, 49, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]
                + [3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 97])
    }

    @Test("Cut off anywhere, or with bytes after its end, it is refused")
    func truncation() {
        let bytes = Array(ConfigurationCodec.encode(configuration).readableBytesView)
        for size in 0..<bytes.count {
            #expect(throws: CodecError.self) { try ConfigurationCodec.decode(ByteBuffer(bytes: bytes.prefix(size))) }
        }
        #expect(throws: CodecError.self) { try ConfigurationCodec.decode(ByteBuffer(bytes: bytes + [0])) }
    }

    @Test("The same member twice, an unknown role, an empty id and no feature level are refused")
    func nonsense() {
        let rest = [UInt8](repeating: 0, count: 2 + 2 + 24 + 1)
        let twice: [UInt8] = [1, 1, 2] + [1, 1, 0, 110] + rest + [1, 1, 0, 110] + rest
        let role: [UInt8] = [1, 1, 1, 9, 1, 0, 110] + rest
        let noName: [UInt8] = [1, 1, 1, 1, 0, 0] + rest
        let noLevel: [UInt8] = [1, 0, 0]
        for bytes in [twice, role, noName, noLevel] {
            #expect(throws: CodecError.self) { try ConfigurationCodec.decode(ByteBuffer(bytes: bytes)) }
        }
    }
}
