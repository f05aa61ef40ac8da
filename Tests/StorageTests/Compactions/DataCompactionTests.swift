import Foundation
import Testing

@testable import Storage

@Suite("Compactions of the key-value data")
struct DataCompactionTests {
    let directory = TestDirectory()
    private let engine: any StorageEngine

    init() throws {
        var options = StorageOptions()
        options.memoryBytes = StorageOptions.memoryBytesMin
        engine = try SystemPlatform().openEngine(at: directory.node, options, creating: true)
    }

    private var tableNames: Set<String> { Set(TestDirectory.names(in: directory.node).filter { $0.hasSuffix(".sst") }) }

    private func key(_ number: Int) -> [UInt8] { Array(String(format: "%08d", number).utf8) }

    /// RocksDB's C API has no notice of the end of a compaction, so this asks again and again.
    private func awaitFiles(atMost count: UInt64, in family: any EngineFamily) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try family.number(.filesAtLevel0) > count {
            try #require(ContinuousClock.now < deadline, "the files of level 0 were not merged")
            sched_yield()
        }
    }

    @Test("move the files of a snapshot to the lowest level as they are: none is written a second time")
    func snapshotFiles() throws {
        let family = try engine.createDataFamily(1)
        let paths = try (0..<40).map { number in
            let path = "\(directory.node)/snapshot.\(number)"
            let file = try engine.startTableFile(path)
            for place in 0..<50 {
                try key(number * 50 + place).withRawBytes { key throws(EngineError) in try file.put(key, key) }
            }
            try file.finish()
            return path
        }

        try family.ingest(paths)
        let names = tableNames
        #expect(names.count == 40)
        try awaitFiles(atMost: 0, in: family)

        #expect(tableNames == names)
        var found = 0
        let iterator = try family.makeIterator(from: nil, upTo: nil, at: nil)
        iterator.seekToFirst()
        while iterator.isValid {
            #expect(Array(iterator.key) == key(found))
            found += 1
            iterator.next()
        }
        #expect(found == 2_000)
    }

    @Test("keep the newest record of each key, and the number of files in bounds, while tables enter")
    func tables() throws {
        let family = try engine.require(.keyValue)
        for round in 0..<100 {
            // Half of the keys are those of all rounds, the others of this one alone.
            let numbers = (0..<30).map { $0 % 2 == 0 ? $0 : $0 * 1_000 + round }.sorted()
            try (numbers.flatMap(key) + key(round)).withRawBytes { bytes throws(EngineError) in
                func part(_ place: Int) -> UnsafeRawBufferPointer { .init(rebasing: bytes[place * 8..<place * 8 + 8]) }
                let rows = numbers.indices.map { TableRow(key: part($0), record: part(numbers.count)) }
                try engine.writeTableFile("\(directory.node)/new", rows)
            }
            try family.ingest(["\(directory.node)/new"])
            if round < StorageOptions.compactionTrigger - 1 {
                #expect(try family.number(.filesAtLevel0) == UInt64(round + 1))
            }
            try awaitFiles(atMost: TableIngestion.filesMax, in: family)
        }
        try awaitFiles(atMost: UInt64(StorageOptions.compactionTrigger), in: family)

        for number in stride(from: 0, to: 30, by: 2) {
            var found: [UInt8]?
            try key(number).withRawBytes { stored throws(EngineError) in
                try family.withValue(forKey: stored, onlyInMemory: false) { found = $0.map(Array.init) }
            }
            #expect(found == key(99))
        }
    }
}
