import KeyValue
import NIOCore
import RaftCore

@testable import HotPath

extension Instant {
    static func milliseconds(_ count: UInt64) -> Instant { Instant(nanoseconds: count * 1_000_000) }
}

extension RequestTag {
    /// A request of this node's users.
    static func user(_ request: UInt64, sink: UInt32 = 0) -> RequestTag {
        RequestTag(sink: sink, connection: 0, request: request)
    }
}

extension Burst {
    /// One put per request, of a key that is its number in text and `valueBytes` of value.
    static func puts(_ requests: ClosedRange<UInt64>, valueBytes: Int = 1) -> Burst {
        var burst = Burst()
        for request in requests {
            let key = Array("\(request)".utf8)
            let header = CommandHeader(kind: .put, keyBytes: key.count, valueBytes: valueBytes)
            burst.commands.writeWithUnsafeMutableBytes(minimumWritableBytes: header.encodedBytes) { target in
                header.encode(into: target)
                target[CommandView.headerBytes...].copyBytes(from: key + [UInt8](repeating: 7, count: valueBytes))
                return header.encodedBytes
            }
            burst.tags.append(.user(request))
        }
        return burst
    }
}

extension LogID {
    static func of(_ index: UInt64, term: UInt64 = 1) -> LogID { LogID(index: LogIndex(index), term: Term(term)) }
}

extension LogRange {
    static func of(_ indexes: ClosedRange<UInt64>) -> LogRange {
        LogRange(LogIndex(indexes.lowerBound), LogIndex(indexes.upperBound + 1))
    }
}

extension Entry {
    static func blank(_ index: UInt64, term: UInt64 = 1, featureLevel: UInt8 = FeatureLevel.first) -> Entry {
        Entry(
            id: .of(index, term: term), kind: .noop, commandCount: 0, payload: ByteBuffer(),
            featureLevel: featureLevel)
    }
}
