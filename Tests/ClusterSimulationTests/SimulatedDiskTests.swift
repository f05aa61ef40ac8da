import Bytes
import Storage
import Testing

@testable import ClusterSimulation

@Suite("A simulated disk")
struct SimulatedDiskTests {
    private let disk = SimulatedDisk()
    private var generator = SplitMix64(seed: 1)

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A file with synced content and name, to which unsynced content is then added.
    private func write(_ synced: String, _ unsynced: String, to path: String) throws {
        let files = disk.mount()
        let file = try files.create(path)
        try files.append(bytes(synced).span.bytes, to: file, path)
        try files.sync(file, path)
        try files.syncDirectory("/")
        try files.append(bytes(unsynced).span.bytes, to: file, path)
    }

    @Test("loses what was not synced, or keeps it, or any beginning of it")
    mutating func unsyncedContent() throws {
        try write("abc", "defghij", to: "/a")
        let before = disk.copy()
        disk.losePower(.lost, drawing: &generator)
        #expect(disk.content(of: "/a") == bytes("abc"))

        disk.restore(before)
        disk.losePower(.kept, drawing: &generator)
        #expect(disk.content(of: "/a") == bytes("abcdefghij"))

        var sizes: Set<Int> = []
        for _ in 0..<200 {
            disk.restore(before)
            disk.losePower(.drawn, drawing: &generator)
            let content = try #require(disk.content(of: "/a"))
            #expect(bytes("abcdefghij").starts(with: content))
            sizes.insert(content.count)
        }
        #expect(sizes == Set(3...10))
    }

    @Test("may have a hole in what was not synced, and never in what was")
    mutating func holes() throws {
        try write("abc", "defghij", to: "/a")
        let before = disk.copy()
        var holes = 0
        for _ in 0..<100 {
            disk.restore(before)
            disk.losePower(.drawnWithHoles, drawing: &generator)
            let content = try #require(disk.content(of: "/a"))
            #expect(content.starts(with: bytes("abc")))
            if content.contains(0) { holes += 1 }
        }
        #expect(holes > 10)
    }

    @Test("loses names that were not synced, the last ones first")
    mutating func names() throws {
        let files = disk.mount()
        for name in ["a", "b", "c"] { try files.write(bytes(name), to: "/\(name)") }
        let before = disk.copy()
        var found: Set<[String]> = []
        for _ in 0..<100 {
            disk.restore(before)
            disk.losePower(.drawn, drawing: &generator)
            found.insert(disk.paths)
        }

        #expect(found == [[], ["/a"], ["/a", "/b"], ["/a", "/b", "/c"]])
    }

    @Test("has after a rename the old file or the new one")
    mutating func rename() throws {
        let files = disk.mount()
        try files.write(bytes("old"), to: "/a")
        try files.syncDirectory("/")
        try files.write(bytes("new"), to: "/b")
        try files.rename("/b", to: "/a")
        let before = disk.copy()
        var found: Set<[UInt8]> = []
        for _ in 0..<50 {
            disk.restore(before)
            disk.losePower(.drawn, drawing: &generator)
            found.insert(try #require(disk.content(of: "/a")))
        }
        #expect(found == [bytes("old"), bytes("new")])

        disk.restore(before)
        try disk.mount().syncDirectory("/")
        disk.losePower(.lost, drawing: &generator)
        #expect(disk.content(of: "/a") == bytes("new"))
    }

    @Test("has after overwriting the old content, or a beginning of the new one")
    mutating func overwriting() throws {
        try write("old", "", to: "/a")
        let files = disk.mount()
        let file = try files.create("/a")
        try files.append(bytes("new").span.bytes, to: file, "/a")
        disk.losePower(.lost, drawing: &generator)

        #expect(disk.content(of: "/a") == bytes("old"))
    }

    @Test("does not make durable what a failed sync left, though a later one succeeds")
    mutating func failedSync() throws {
        let files = disk.mount()
        let file = try files.create("/a")
        try files.syncDirectory("/")
        try files.append(bytes("abc").span.bytes, to: file, "/a")
        disk.syncsUntilOneFails = 0
        #expect(throws: FileError.self) { try files.sync(file, "/a") }
        try files.sync(file, "/a")
        #expect(disk.content(of: "/a") == bytes("abc"))

        disk.losePower(.lost, drawing: &generator)

        #expect(disk.content(of: "/a") == [])
    }

    @Test("makes durable what was overwritten after a failed sync, and not what was before")
    mutating func overwritingAfterFailedSync() throws {
        try write("ab", "", to: "/a")
        let files = disk.mount()
        let file = try files.openForOverwriting("/a")
        func overwrite(_ text: String, at offset: Int) throws {
            try bytes(text).withUnsafeBytes { try file.overwrite(at: offset, with: $0) }
        }
        try overwrite("x", at: 0)
        try overwrite("y", at: 1)
        disk.syncsUntilOneFails = 0
        #expect(throws: FileError.self) { try file.sync() }
        try overwrite("z", at: 1)
        try file.sync()
        #expect(disk.content(of: "/a") == bytes("xz"))

        disk.losePower(.lost, drawing: &generator)

        #expect(disk.content(of: "/a") == bytes("az"))
    }

    @Test("makes durable what is written anew after a failed sync")
    mutating func writingAfterFailedSync() throws {
        try write("old", "", to: "/a")
        let files = disk.mount()
        disk.syncsUntilOneFails = 0
        #expect(throws: FileError.self) { try files.write(bytes("lost"), to: "/a") }
        try files.write(bytes("new"), to: "/a")

        disk.losePower(.lost, drawing: &generator)

        #expect(disk.content(of: "/a") == bytes("new"))
    }

    @Test("takes what fits when it is full, and says so")
    func full() throws {
        try write("abc", "", to: "/a")
        disk.capacityBytes = 5
        let files = disk.mount()

        let error = #expect(throws: FileError.self) { try files.write(bytes("defg"), to: "/b") }

        #expect(error?.reason == .noSpace)
        #expect(disk.content(of: "/b") == bytes("de"))
    }

    @Test("ignores a process that has crashed, and gives its locks to others")
    mutating func deadProcess() throws {
        let first = disk.mount()
        guard case .held = try first.lock("/lock", content: bytes("first\n")) else {
            Issue.record("nobody else has the lock")
            return
        }
        guard case .taken(let holder) = try disk.mount().lock("/lock", content: []) else {
            Issue.record("two have the lock")
            return
        }
        #expect(holder == "first")

        disk.losePower(.kept, drawing: &generator)

        #expect(throws: FileError.self) { try first.write([1], to: "/a") }
        #expect(!first.isAlive)
        guard case .held = try disk.mount().lock("/lock", content: []) else {
            Issue.record("a dead process has the lock")
            return
        }
        #expect(disk.paths == ["/lock"])
    }

    @Test("stops at the call that was chosen, and a copy knows nothing of what came after it")
    mutating func powerFailure() throws {
        let files = disk.mount()
        try files.write(bytes("a"), to: "/a")
        let copy = disk.copy()
        let calls = disk.callCount
        disk.callsUntilPowerFails = 3
        try files.write(bytes("b"), to: "/b")
        #expect(throws: FileError.self) { try files.syncDirectory("/") }
        #expect(throws: FileError.self) { try files.write(bytes("c"), to: "/c") }

        #expect(disk.isWithoutPower)
        #expect(disk.callCount == calls + 3)
        disk.restore(copy)
        #expect(disk.paths == ["/a"])
    }
}
