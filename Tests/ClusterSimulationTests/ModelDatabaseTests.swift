import Bytes
import Storage
import Testing

@testable import ClusterSimulation

@Suite("The model of RocksDB")
struct ModelDatabaseTests {
    @Test(
        "reads what RocksDB reads after the same calls, also after a loss of power at the same place",
        arguments: Seed.all(1...80, of: "ModelDatabaseTests/sameAsRocksDB"))
    func sameAsRocksDB(seed: Seed) throws {
        _ = try play(seed.value)
    }

    @Test("is compared with RocksDB after losses that took batches, as a whole and in part")
    func strength() throws {
        let played = try (101...112).map { try play($0) }

        #expect(played.reduce(0) { $0 + $1.lostBatches } > 50)
        #expect(played.reduce(0) { $0 + $1.tornBatches } > 10)
    }

    private func play(_ seed: UInt64) throws -> EnginePair {
        let engines = try EnginePair()
        var calls = EngineCalls(seed: seed)
        for _ in 0..<3 {
            var past: (views: [EngineView], content: EngineContent)?
            for _ in 0..<calls.number(5..<40) {
                try engines.perform(calls.next())
                if calls.number(0..<8) == 0 { try compare(engines, &calls) }
                if calls.number(0..<20) == 0 { past = (try engines.makeViews(), engines.expected) }
            }
            if let past {
                for view in past.views { #expect(try view.content() == past.content) }
            }
            past = nil
            try engines.losePower { calls.number(0..<$0) }
            try compareAll(engines)
        }
        return engines
    }

    private func compareAll(_ engines: EnginePair) throws {
        #expect(try EngineContent(of: engines.real) == engines.expected)
        #expect(try EngineContent(of: engines.model) == engines.expected)
    }

    /// Whole content, one key, one range and the last key of a family.
    private func compare(_ engines: EnginePair, _ calls: inout EngineCalls) throws {
        try compareAll(engines)
        let families: [StoreFamily] = [.log, .metadata, .data(engines.model.dataFamilies[0])]
        let family = families[calls.number(0..<3)]
        #expect(engines.real.dataFamilies == engines.model.dataFamilies)
        let keys = (0..<3).map { _ in EngineCalls.key(calls.number(0..<EngineCalls.keyCount + 2), family) }
        let found = try [engines.real, engines.model].map { engine in
            try Found(engine, family, keys, isBounded: keys[0].lexicographicallyPrecedes(keys[1]))
        }
        #expect(found[0] == found[1])
    }

    private struct Found: Equatable {
        let value: [UInt8]?
        let range: [[[UInt8]]]
        let last: [UInt8]?

        init(_ engine: any StorageEngine, _ family: StoreFamily, _ keys: [[UInt8]], isBounded: Bool) throws {
            value = try EngineContent.value(of: keys[0], family, in: engine)
            let (lower, upper) = isBounded ? (keys[0], keys[1]) : (nil, nil)
            range = try EngineContent.rows(of: engine, family, from: lower, upTo: upper, startingAt: keys[2])
                .map { [$0.key, $0.value] }
            let iterator = try EngineContent.iterator(of: engine, family, lower, upper)
            iterator.seekToLast()
            last = iterator.isValid ? Array(iterator.key) + Array(iterator.value) : nil
        }
    }

    // MARK: Damage

    private func database(_ disk: SimulatedDisk, creating: Bool = false) throws -> any StorageEngine {
        if creating { try disk.mount().makeDirectory("/data", ownerOnly: true) }
        let engine = try SimulatedPlatform(on: disk).openEngine(at: "/data/db", StorageOptions(), creating: creating)
        for path in ["/", "/data"] { try disk.mount().syncDirectory(path) }
        return engine
    }

    private func put(_ number: Int) -> EngineCall {
        .write([.put(.log, key: EngineCalls.key(number, .log), value: Array("value \(number)".utf8))])
    }

    @Test("refuses a log with a flipped bit, as RocksDB does with the options of a node")
    func damagedLog() throws {
        let disk = SimulatedDisk()
        let engine = try database(disk, creating: true)
        for number in 1...3 { try put(number).perform(on: engine, "") }
        try engine.syncLog()
        let log = try #require(disk.paths.last { $0.hasSuffix(".log") })
        disk.flipBit(3, ofByte: try #require(disk.content(of: log)).count / 2, in: log)

        let error = #expect(throws: EngineError.self) { try database(disk) }

        #expect(error?.kind == .corruption)
    }

    @Test("fails a read that reaches a damaged table file, and opens with it")
    func damagedTable() throws {
        let disk = SimulatedDisk()
        let engine = try database(disk, creating: true)
        try put(1).perform(on: engine, "")
        try engine.flush(.log)
        let table = try #require(disk.paths.last { $0.hasSuffix(".sst") })
        disk.flipBit(0, ofByte: 10, in: table)

        let reopened = try database(disk)

        let error = #expect(throws: EngineError.self) {
            try EngineContent.value(of: EngineCalls.key(1, .log), .log, in: reopened)
        }
        #expect(error?.kind == .corruption)
        #expect(throws: EngineError.self) { try EngineContent(of: reopened) }
    }

    @Test("refuses to open without one of its table files, and names it as RocksDB does")
    func missingTable() throws {
        let disk = SimulatedDisk()
        let engine = try database(disk, creating: true)
        try put(1).perform(on: engine, "")
        try engine.flush(.log)
        let table = try #require(disk.paths.last { $0.hasSuffix(".sst") })
        try disk.mount().remove(table)

        let error = #expect(throws: EngineError.self) { try database(disk) }

        #expect(error?.kind == .corruption)
        #expect(error?.message.contains("No such file or directory: \(table)") == true)
    }

    @Test("writes nothing more after a sync that failed, and what was written may be lost")
    func failedSync() throws {
        let disk = SimulatedDisk()
        let engine = try database(disk, creating: true)
        try put(1).perform(on: engine, "")
        try engine.syncLog()
        try put(2).perform(on: engine, "")
        disk.syncsUntilOneFails = 0

        #expect(throws: EngineError.self) { try engine.syncLog() }
        #expect(throws: EngineError.self) { try put(3).perform(on: engine, "") }
        #expect(throws: EngineError.self) { try engine.syncLog() }

        var generator = SplitMix64(seed: 1)
        disk.losePower(.lost, drawing: &generator)
        let reopened = try database(disk)
        #expect(try EngineContent(of: reopened).rows[.log]?.count == 1)
    }

    @Test("keeps its content when files are merged, and forgets deleted keys then")
    func compaction() throws {
        let disk = SimulatedDisk()
        let platform = SimulatedPlatform(on: disk)
        try platform.files.makeDirectory("/data", ownerOnly: true)
        let engine = try platform.openEngine(at: "/data/db", StorageOptions(), creating: true)
        var calls = EngineCalls(seed: 7)
        var expected = EngineContent()
        for _ in 0..<200 {
            let call = calls.next()
            try call.perform(on: engine, "/data/db")
            expected.perform(call)
        }

        let database = try #require(platform.database)
        for family in [.log, .metadata] + database.dataFamilies.map({ .data($0) }) as [StoreFamily] {
            try database.compact(family)
        }

        #expect(try EngineContent(of: engine) == expected)
        #expect(try EngineContent(of: self.database(disk)) == expected)
    }
}
