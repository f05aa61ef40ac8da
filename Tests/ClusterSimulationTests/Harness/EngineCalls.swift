import Bytes
import Storage

/// Draws calls of an engine from a seed.
struct EngineCalls {
    private var generator: SplitMix64
    private var ingestions = 0
    private var data = [0]
    private var nextData = 1
    /// Those whose memtable has anything.
    private var inMemtable: Set<Int> = []
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
        case ..<66: return .write((0..<number(1..<5)).map { _ in operation() })
        case ..<72: return .sync
        case ..<81:
            let families: [StoreFamily] = [.log, .metadata, dataFamily()]
            let family = families[number(0..<3)]
            if let number = family.dataNumber { inMemtable.remove(number) }
            return .flush(family)
        case ..<84 where data.count < 3: return creation()
        case ..<87 where data.count > 1:
            let dropped = data.remove(at: number(0..<data.count))
            inMemtable.remove(dropped)
            return .drop(dropped)
        default:
            // More files would start a compaction in the middle of a crash image.
            guard ingestions < 8 else { return .sync }
            ingestions += 1
            let family = dataFamily()
            let call = ingestion(into: family)
            guard let number = family.dataNumber, inMemtable.remove(number) != nil else { return call }
            // RocksDB 7.8 can confuse the order of its memtable and a file that enters later; the store never lets both
            // meet.
            pending = call
            return .flush(family)
        }
    }

    private mutating func dataFamily() -> StoreFamily { .data(data[number(0..<data.count)]) }

    /// Sometimes of a family that is gone.
    private mutating func creation() -> EngineCall {
        var created = nextData
        if let free = (1..<nextData).first(where: { !data.contains($0) }), number(0..<2) == 0 { created = free }
        nextData = max(nextData, created + 1)
        data.append(created)
        return .create(created)
    }

    private mutating func ingestion(into family: StoreFamily) -> EngineCall {
        let keys = Set((0..<number(1..<8)).map { _ in number(0..<Self.keyCount) }).sorted()
        let rows = keys.map { number in
            (key: Self.key(number, family), value: self.number(0..<4) == 0 ? nil : value())
        }
        let end = number(0..<rows.count)
        return .ingest(family, files: end == 0 ? [rows] : [Array(rows[..<end]), Array(rows[end...])])
    }

    private mutating func operation() -> EngineCall.Operation {
        let families: [StoreFamily] = [.log, .log, .log, .metadata, dataFamily()]
        let family = families[number(0..<5)]
        if let number = family.dataNumber { inMemtable.insert(number) }
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
        case .data: Array("k".utf8) + [UInt8(number)]
        }
    }
}
