import HotPath
import RaftCore
import Synchronization
import Testing

@testable import Storage

@Suite("A table in memory")
struct MemTableTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func put(
        _ table: MemTable, _ key: String, in space: KeyValueKey.Space = .user, _ record: String, _ index: UInt64
    ) {
        let record = bytes(record)
        bytes(key).withRawBytes { key in
            let key = StoredKey(space, key)
            table.put(key, hash: MemTable.hash(key), index: LogIndex(index), recordBytes: record.count) {
                $0.copyBytes(from: record)
            }
        }
    }

    private func delete(_ table: MemTable, _ key: String, _ index: UInt64) {
        bytes(key).withRawBytes { key in
            table.delete(.user(key), hash: MemTable.hash(.user(key)), index: LogIndex(index))
        }
    }

    /// The record, `"deleted"`, or nil if the table has no version.
    private func find(
        _ table: MemTable, _ key: String, in space: KeyValueKey.Space = .user, through index: UInt64 = .max
    ) -> String? {
        bytes(key).withRawBytes { key in
            let key = StoredKey(space, key)
            return switch table.find(key, hash: MemTable.hash(key), through: LogIndex(index)) {
            case .nothing: nil
            case .deleted: "deleted"
            case .record(let record): String(decoding: record, as: UTF8.self)
            }
        }
    }

    private func table(_ capacityBytes: Int = 1 << 20) -> MemTable {
        MemTable(capacityBytes: capacityBytes, behind: AppliedRecord())
    }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("returns for each key the newest version that a reader may see")
    func versions() {
        let table = table()
        put(table, "a", "first", 1)
        put(table, "b", "", 2)
        put(table, "a", "second", 3)
        delete(table, "a", 5)
        put(table, "ab", "other", 6)

        #expect(find(table, "a", through: 0) == nil)
        #expect(find(table, "a", through: 1) == "first")
        #expect(find(table, "a", through: 2) == "first")
        #expect(find(table, "a", through: 4) == "second")
        #expect(find(table, "a") == "deleted")
        #expect(find(table, "b") == "")
        #expect(find(table, "ab", through: 5) == nil)
        #expect(find(table, "c") == nil)
        #expect(table.keyCount == 3)
    }

    @Test("keeps the last of several versions of one entry")
    func sameEntry() {
        let table = table()
        put(table, "a", "first", 4)
        delete(table, "a", 4)
        put(table, "a", "third", 4)

        #expect(find(table, "a", through: 4) == "third")
        #expect(find(table, "a", through: 3) == nil)
    }

    @Test("lists each key once, in the order of bytes, and no version that is younger than the applied index")
    func rows() {
        let table = table()
        for (number, key) in ["b", "a", "", "ab", "a\u{7f}", "aa"].enumerated() where !key.isEmpty {
            put(table, key, "old", UInt64(number + 1))
        }
        put(table, "aa", "new", 7)
        delete(table, "b", 8)
        put(table, "a", "of a batch that failed", 9)
        put(table, "z", "of a batch that failed", 9)
        table.applied = AppliedRecord(last: LogID(index: LogIndex(8), term: Term(1)), revision: 5)

        let rows = table.sortedRows()

        #expect(rows.map { text(UnsafeRawBufferPointer(rebasing: $0.key[1...])) } == ["a", "aa", "ab", "a\u{7f}", "b"])
        #expect(rows.map { $0.record.map(text) } == ["old", "new", "old", "old", nil])
        #expect(rows.allSatisfy { $0.key[0] == KeyValueKey.Space.user.rawValue })
    }

    @Test("shows no version before its entry is published, whatever revision the record has")
    func unpublishedRecordOfOldRevision() {
        let table = table()
        // The deadline of a record may change without a new revision.
        put(table, "a", "revision 4, deadline 10", 7)
        put(table, "a", "revision 4, deadline 20", 9)

        #expect(find(table, "a", through: 8) == "revision 4, deadline 10")
        #expect(find(table, "a", through: 9) == "revision 4, deadline 20")
    }

    @Test("keeps records of the store apart from users', in the order of the stored keys")
    func systemRecords() {
        let table = table()
        put(table, "e1", "a user's", 1)
        put(table, "e1", in: .system, "the store's", 2)
        put(table, "_", in: .system, "before the applied record", 2)
        table.applied.last.index = LogIndex(2)

        #expect(find(table, "e1") == "a user's")
        #expect(find(table, "e1", in: .system) == "the store's")
        #expect(find(table, "e1", in: .system, through: 1) == nil)
        #expect(find(table, "_") == nil)
        #expect(table.keyCount == 3)
        KeyValueKey.applied.withRawBytes { applied in
            let rows = table.sortedRows(with: [TableRow(key: applied, record: applied)])
            #expect(
                rows.map { Array($0.key) } == [[0, 0x5F], KeyValueKey.applied, [0, 0x65, 0x31], [1, 0x65, 0x31]])
        }
    }

    @Test("finds all keys when it is full, and says when it is")
    func fullTable() {
        let table = table(256 << 10)
        var count = 0
        while table.hasRoom(bytes: MemTable.overheadBytesMax + 40, keys: 1) {
            put(table, "key\(count)", "value \(count)", UInt64(count + 1))
            count += 1
        }

        // Two thousand slots, of which a quarter stays free.
        #expect(count == 1_536)
        #expect(!table.hasRoom(bytes: 1, keys: 1))
        #expect(table.hasRoom(bytes: 1, keys: 0))
        #expect(!table.hasRoom(bytes: table.capacityBytes, keys: 0))
        for number in 0..<count { #expect(find(table, "key\(number)") == "value \(number)") }
        #expect(find(table, "key\(count)") == nil)
        table.applied.last.index = LogIndex(UInt64(count))
        #expect(table.sortedRows().count == count)
    }

    @Test("does not accept more than fits")
    func overflow() async {
        await #expect(processExitsWith: .failure) {
            let table = MemTable(capacityBytes: 4_096, behind: AppliedRecord())
            let key: [UInt8] = [1]
            key.withRawBytes { key in
                for index in 0..<100 as Range<UInt64> {
                    table.put(.user(key), hash: 1, index: LogIndex(index), recordBytes: 100) { _ in }
                }
            }
        }
    }

    /// State that the threads of a test share.
    private final class Shared: Sendable {
        let table = MemTable(capacityBytes: 8 << 20, behind: AppliedRecord())
        let published = Atomic<UInt64>(0)
        let mistakes = Atomic<Int>(0)
    }

    @Test("shows readers whole versions while the apply thread inserts, none too new and none outdated")
    func concurrentReaders() {
        let shared = Shared()
        let rounds: UInt64 = 3_000
        let keys = (0..<16).map { "key\($0)" }
        let readers = (0..<2).map { reader in
            DedicatedThread(name: "reader") {
                var number = reader
                var index: UInt64 = 0
                while index < rounds {
                    index = shared.published.load(ordering: .acquiring)
                    let found = find(shared.table, keys[number % keys.count], through: index)
                    if found != (index == 0 ? nil : String(repeating: "\(index) ", count: 8)) {
                        shared.mistakes.wrappingAdd(1, ordering: .relaxed)
                    }
                    number += 1
                }
            }
        }

        // Every round gives all keys a record with its index, as a batch does.
        for round in 1...rounds {
            for key in keys { put(shared.table, key, String(repeating: "\(round) ", count: 8), round) }
            shared.published.store(round, ordering: .releasing)
        }
        for reader in readers { reader.join() }

        #expect(shared.mistakes.load(ordering: .relaxed) == 0)
    }
}
