import HotPath
import RaftCore
import Testing

@testable import Storage

@Suite("The Raft log on disk")
struct RaftLogStoreTests {
    let directory = TestDirectory()

    @Test("returns entries byte for byte as they were appended")
    func roundTrip() throws {
        let store = try NodeStore.open(directory)
        let entries = [Entry.configuration(index: 1), .noop(index: 2), .put(index: 3, term: 2)]

        try store.log.append([.write(entries)])

        #expect(try store.log.entries(in: LogRange(1, 4), bytesMax: .max) == entries)
        #expect(try store.log.entries(in: LogRange(2, 3), bytesMax: .max) == [entries[1]])
        #expect(try store.log.entries(in: LogRange(2, 2), bytesMax: .max) == [])
    }

    @Test("reads as many entries as fit, and one in any case")
    func bytesMax() throws {
        let store = try NodeStore.open(directory)
        let entries = (1...5).map { Entry.put(index: $0) }
        let size = entries[0].encodedBytes
        try store.log.append([.write(entries)])

        #expect(try store.log.entries(in: LogRange(1, 6), bytesMax: 3 * size).count == 3)
        #expect(try store.log.entries(in: LogRange(1, 6), bytesMax: 3 * size - 1).count == 2)
        #expect(try store.log.entries(in: LogRange(1, 6), bytesMax: 0).count == 1)
    }

    @Test("takes several jobs at once in their order: a later one overwrites what an earlier one appended")
    func order() throws {
        let store = try NodeStore.open(directory)

        try store.log.append([
            .write([.noop(index: 1), .put(index: 2, "old"), .put(index: 3, "old")]),
            .write([.put(index: 2, term: 2, "new")], truncateFrom: 2),
            .write([.put(index: 3, term: 2, "new")]),
        ])

        let read = try store.log.entries(in: LogRange(1, 4), bytesMax: .max)
        #expect(read == [.noop(index: 1), .put(index: 2, term: 2, "new"), .put(index: 3, term: 2, "new")])
    }

    @Test("§5.3: removes a conflicting entry and all that follow it")
    func truncation() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write((2...100).map { Entry.put(index: $0) })])

        try store.log.append([
            .write([.noop(index: 50, term: 2)], truncateFrom: 50, hardState: HardState(currentTerm: Term(2)))
        ])

        let recovered = try store.recover()
        let replaced = LogID(index: LogIndex(50), term: Term(2))
        #expect(recovered.terms == [LogID(index: LogIndex(1), term: Term(1)), replaced])
        #expect(recovered.last == replaced)
        #expect(try store.log.entries(in: LogRange(51, 52), bytesMax: .max).isEmpty)
    }

    @Test("takes entries again after a truncation without entries")
    func truncationAlone() throws {
        let store = try NodeStore.open(directory)
        try store.log.append([.write([.noop(index: 1), .put(index: 2), .put(index: 3)])])

        try store.log.append([.write([], truncateFrom: 2)])
        try store.log.append([.write([.put(index: 2, term: 5)])])

        #expect(
            try store.log.ids(1, 10) == [
                LogID(index: LogIndex(1), term: Term(1)), LogID(index: LogIndex(2), term: Term(5)),
            ])
    }

    @Test("keeps the last hard state of its jobs, with the entries")
    func hardState() throws {
        let store = try NodeStore.bootstrapped(directory)
        let image: TestDirectory

        try store.log.append([
            .write([], hardState: HardState(currentTerm: Term(4), votedFor: "node2")),
            .write([.noop(index: 2, term: 5)], hardState: HardState(currentTerm: Term(5))),
            .write([.put(index: 3, term: 5)]),
        ])
        image = directory.crashImage()

        let reopened = try NodeStore.open(image)
        let recovered = try reopened.recover()
        #expect(recovered.hardState == HardState(currentTerm: Term(5)))
        #expect(recovered.terms.map(\.term) == [Term(1), Term(5)])
    }

    @Test("is synced once per append, however many jobs it takes, and not for nothing")
    func syncs() throws {
        let store = try NodeStore.open(directory)
        let before = store.log.walSyncCount

        try store.log.append([.write([.noop(index: 1)])])
        try store.log.append([.write([.put(index: 2)]), .write([.put(index: 3)]), .write([.put(index: 4)])])
        try store.log.append([.write([], hardState: HardState(currentTerm: Term(2)))])
        #expect(store.log.walSyncCount - before == 3)

        try store.log.append([])
        try store.log.append([.write([])])
        #expect(store.log.walSyncCount - before == 3)
    }

    @Test("returns nothing of a range after its end, and fails if an entry is missing before another")
    func missing() throws {
        let store = try NodeStore.open(directory)
        try store.log.append([.write([.noop(index: 1), .noop(index: 2), .noop(index: 3)])])
        try store.close()
        try tamper(directory) { batch, _ in batch.deleteEntry(at: 2) }
        let reopened = try NodeStore.open(directory)

        let atStart = #expect(throws: StoreFailure.self) {
            try reopened.log.entries(in: LogRange(2, 3), bytesMax: .max)
        }
        let atEnd = #expect(throws: StoreFailure.self) {
            try reopened.log.entries(in: LogRange(1, 3), bytesMax: .max)
        }
        let within = #expect(throws: StoreFailure.self) {
            try reopened.log.entries(in: LogRange(1, 4), bytesMax: .max)
        }

        #expect(try reopened.log.entries(in: LogRange(4, 6), bytesMax: .max).isEmpty)
        #expect(try reopened.log.entries(in: LogRange(3, 6), bytesMax: .max).map(\.id.index) == [LogIndex(3)])
        #expect(atStart?.message == "entry 2 of [2, 3) is missing")
        #expect(atEnd?.message == "entry 2 of [1, 3) is missing")
        #expect(within?.message == "entry 2 of [1, 4) is missing")
    }

    @Test("refuses to return an entry whose checksum is wrong, or that lies under another index")
    func damagedEntries() throws {
        try NodeStore.open(directory).close()
        try tamper(directory) { batch, _ in
            var damaged = Entry.put(index: 1).bytes
            damaged[40] ^= 1
            batch.put(damaged, at: 1)
            batch.put(Entry.put(index: 7).bytes, at: 2)
        }
        let store = try NodeStore.open(directory)

        let damaged = #expect(throws: StoreFailure.self) { try store.log.entries(in: LogRange(1, 2), bytesMax: .max) }
        let misplaced = #expect(throws: StoreFailure.self) { try store.log.entries(in: LogRange(2, 3), bytesMax: .max) }

        #expect(damaged?.message.contains("checksum") == true)
        #expect(misplaced?.message == "the record of entry 2 holds entry 7")
    }

    @Test("R3: fails every append once a write has failed, even if the next one would succeed")
    func failure() async {
        await #expect(processExitsWith: .success) {
            let directory = TestDirectory()
            let store = try NodeStore.open(directory)
            try store.log.append([.write([.noop(index: 1)])])
            let syncs = store.log.walSyncCount

            let fileSizes = limitFileSizes(toBytes: 0)
            let first = #expect(throws: StoreFailure.self) { try store.log.append([.write([.noop(index: 2)])]) }
            fileSizes.lift()
            let second = #expect(throws: StoreFailure.self) { try store.log.append([.write([.noop(index: 3)])]) }

            #expect(first?.operation == "append to the log")
            #expect(second == first)
            #expect(store.log.walSyncCount == syncs)
        }
    }

    @Test("answers with an error once the store is closed")
    func closed() throws {
        let store = try NodeStore.open(directory)
        try store.close()

        #expect(throws: StoreFailure.self) { try store.log.append([.write([.noop(index: 1)])]) }
        #expect(throws: StoreFailure.self) { try store.log.entries(in: LogRange(1, 2), bytesMax: .max) }
    }

    @Test("must not be given an entry that leaves a gap")
    func gap() async {
        await #expect(processExitsWith: .failure) {
            let directory = TestDirectory()
            let store = try NodeStore.open(directory)
            try store.log.append([.write([.noop(index: 2)])])
        }
    }
}
