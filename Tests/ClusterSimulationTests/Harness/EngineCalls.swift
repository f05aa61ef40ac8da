import Bytes
import Storage

/// Draws calls of an engine from a seed.
struct EngineCalls {
    private var generator: SplitMix64
    private var ingestions = 0
    /// Whether the memtable of `kv` has anything.
    private var hasKeyValueRows = false
    private var pending: EngineCall?
    private var valueCount = 0

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func next() -> EngineCall {
        if let pending {
            self.pending = nil
            return pending
        }
        switch number(0..<100) {
        case ..<70: return .write((0..<number(1..<5)).map { _ in operation() })
        case ..<76: return .sync
        case ..<85:
            let family = StoreFamily.allCases[number(0..<3)]
            if family == .keyValue { hasKeyValueRows = false }
            return .flush(family)
        default:
            // More files would start a compaction in the middle of a crash image.
            guard ingestions < 8 else { return .sync }
            ingestions += 1
            let call = ingestion()
            guard hasKeyValueRows else { return call }
            // RocksDB 7.8 can confuse the order of its memtable and a file that enters later; the store never lets both
            // meet.
            hasKeyValueRows = false
            pending = call
            return .flush(.keyValue)
        }
    }

    private mutating func ingestion() -> EngineCall {
        let keys = Set((0..<number(1..<8)).map { _ in number(0..<Self.keyCount) }).sorted()
        return .ingest(
            keys.map { number in
                (key: Self.key(number, .keyValue), value: self.number(0..<4) == 0 ? nil : value())
            })
    }

    private mutating func operation() -> EngineCall.Operation {
        let family = [StoreFamily.log, .log, .log, .metadata, .keyValue][number(0..<5)]
        if family == .keyValue { hasKeyValueRows = true }
        let key = number(0..<Self.keyCount)
        switch number(0..<8) {
        case 0: return .delete(family, key: Self.key(key, family))
        case 1:
            let end = number(0..<2) == 0 ? Self.keyCount + 1 : number(key + 1..<Self.keyCount + 2)
            return .deleteRange(family, lower: Self.key(key, family), upper: Self.key(end, family))
        // Keys with nothing stored under them are a list.
        case 2 where family == .metadata: return .put(family, key: Self.key(key, family), value: [])
        default: return .put(family, key: Self.key(key, family), value: value())
        }
    }

    /// No two of these values are equal.
    private mutating func value() -> [UInt8] {
        valueCount += 1
        return Array("value \(valueCount) ".utf8) + [UInt8](repeating: 0x2e, count: number(0..<60))
    }

    static let keyCount = 24

    static func key(_ number: Int, _ family: StoreFamily) -> [UInt8] {
        switch family {
        case .log: withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) }
        case .metadata: Array("meta".utf8) + [UInt8(number)]
        case .keyValue: Array("k".utf8) + [UInt8(number)]
        }
    }
}
