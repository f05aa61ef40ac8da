/// A second implementation of the peer protocol after `Docs/WireFormat.md`: enough to talk to a node, and to violate
/// the protocol.
enum PeerWire {
    enum Kind: UInt8 {
        case hello = 1
        case welcome = 2
        case ping = 4
        case adoptionRequest = 5
        case adoptionAnswer = 6
        case requestVoteRequest = 16
        case requestVoteResponse = 17
        case appendEntriesRequest = 18
        case appendEntriesResponse = 19
        case installSnapshotRequest = 20
        case installSnapshotResponse = 21
        case timeoutNow = 22
        case forwardedWrites = 32
        case forwardedWritesAnswer = 33
        case readIndexRequest = 34
        case readIndexAnswer = 35
        case controlRequest = 36
        case controlAnswer = 37
        case unknown = 200

        static let messages: [Kind] = [
            .requestVoteRequest, .requestVoteResponse, .appendEntriesRequest, .appendEntriesResponse,
            .installSnapshotRequest, .installSnapshotResponse, .forwardedWrites, .forwardedWritesAnswer,
            .readIndexRequest, .readIndexAnswer, .controlRequest, .controlAnswer,
        ]
    }

    static func preamble(version: UInt16 = 3) -> [UInt8] { Array("SKIFFP".utf8) + littleEndian(version) }

    /// A frame with a correct checksum, unless its stated size is wrong.
    static func frame(
        _ kind: Kind, _ body: [UInt8], statedBytes: UInt32? = nil, sequence: UInt64 = 0
    ) -> [UInt8] {
        let covered =
            littleEndian(statedBytes ?? UInt32(24 + body.count)) + littleEndian(UInt32(kind.rawValue))
            + littleEndian(sequence) + body
        return littleEndian(xxh64(covered)) + covered
    }

    /// The whole frames in the bytes after a preamble, unchecked.
    static func frames(in bytes: [UInt8]) -> [(kind: UInt8, body: [UInt8])] {
        var frames: [(kind: UInt8, body: [UInt8])] = []
        var rest = bytes.dropFirst(8)
        while rest.count >= 24 {
            let size = rest.dropFirst(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard size >= 24, rest.count >= size else { break }
            frames.append((rest[rest.startIndex + 12], Array(rest.prefix(size).dropFirst(24))))
            rest = rest.dropFirst(size)
        }
        return frames
    }

    /// The body of the first frame of a connection; a link unless `purpose` is 2.
    struct Hello: Sendable {
        var purpose: UInt8 = 1
        var nodeID: String
        var clusterID: (high: UInt64, low: UInt64)
        /// Of the directory, and since which entry it is a member.
        var instance: (high: UInt64, low: UInt64) = (1, 1)
        var memberSince: UInt64 = 0
        var startID: UInt64 = .random(in: 1 ... .max)
        /// Where the start id stands in the body.
        static let startIDOffset = 42
        var electionTimeoutNanoseconds: UInt64 = 500_000_000
        var raftAddress = ":1"
        /// That of the nodes of this release.
        var featureLevel: UInt8 = 2

        var body: [UInt8] {
            var body: [UInt8] = [purpose, 0b1101]
            // The last one is the default interval of heartbeats.
            for number in [
                clusterID.high, clusterID.low, instance.high, instance.low, memberSince, startID,
                electionTimeoutNanoseconds, 100_000_000,
            ] {
                body += littleEndian(number)
            }
            // One member.
            body += littleEndian(UInt32(1)) + [featureLevel]
            for text in [nodeID, "", raftAddress, ":2", "test", "127.0.0.1:3"] { body += PeerWire.string(text) }
            return body
        }
    }

    static func string(_ text: String) -> [UInt8] { littleEndian(UInt16(text.utf8.count)) + Array(text.utf8) }

    static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    // MARK: Checksum

    /// XXH64 with seed 0, after the specification of the xxHash project.
    static func xxh64(_ bytes: [UInt8]) -> UInt64 {
        var rest = bytes[...]
        var hash: UInt64
        if bytes.count >= 32 {
            var lanes = [prime1 &+ prime2, prime2, 0, 0 &- prime1]
            while rest.count >= 32 {
                for lane in 0..<4 { lanes[lane] = round(lanes[lane], take(8, of: &rest)) }
            }
            hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
            for lane in lanes { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
        } else {
            hash = prime5
        }
        hash &+= UInt64(bytes.count)
        while rest.count >= 8 { hash = rotate(hash ^ round(0, take(8, of: &rest)), 27) &* prime1 &+ prime4 }
        if rest.count >= 4 { hash = rotate(hash ^ take(4, of: &rest) &* prime1, 23) &* prime2 &+ prime3 }
        while !rest.isEmpty { hash = rotate(hash ^ take(1, of: &rest) &* prime5, 11) &* prime1 }
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }

    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private static func take(_ count: Int, of bytes: inout ArraySlice<UInt8>) -> UInt64 {
        let value = bytes.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        bytes.removeFirst(count)
        return value
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}
