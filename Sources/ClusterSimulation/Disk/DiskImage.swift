/// Everything on a simulated disk: files and names, as they are now and as a loss of power would leave them at worst. A
/// value: a copy is an older image of the disk, and shares its bytes until one of the two changes.
package struct DiskImage: Sendable {
    /// Bytes that were overwritten in place.
    struct Overwrite: Sendable {
        var offset: Int
        var before: [UInt8]
        /// A sync of it has failed: the system takes it for written, and writes it only once it is overwritten again.
        var isDoomed = false
    }

    /// The content of a file. It grows, is replaced as a whole, or has a fixed size and is overwritten in place.
    struct File: Sendable {
        var content: [UInt8] = []
        /// Size of the beginning that survives a loss of power.
        var syncedCount = 0
        /// The durable content that `content` replaces, while nothing of `content` is durable.
        var replaced: [UInt8]?
        /// Bytes that were overwritten in place and not synced since, oldest first.
        var overwrites: [Overwrite] = []
        /// Whether a sync has failed. The end of the file that was not durable then never becomes so, though a later
        /// sync succeeds.
        var isDoomed = false

        var isSynced: Bool { syncedCount == content.count && replaced == nil && overwrites.isEmpty }

        /// The system writes what is older than this many overwrites by itself.
        static let overwritesMax = 8

        mutating func overwrite(at offset: Int, with bytes: UnsafeRawBufferPointer) {
            let range = offset..<offset + bytes.count
            precondition(range.upperBound <= syncedCount, "bytes are overwritten that were not synced")
            overwrites.append(Overwrite(offset: offset, before: Array(content[range])))
            if overwrites.count > Self.overwritesMax { overwrites.removeFirst() }
            content.replaceSubrange(range, with: bytes)
        }

        mutating func sync(through count: Int) {
            if !overwrites.isEmpty {
                let written = Set(overwrites.filter { !$0.isDoomed }.map(\.offset))
                overwrites.removeAll { written.contains($0.offset) }
            }
            if isDoomed { return }
            syncedCount = max(min(count, content.count), syncedCount)
            replaced = nil
        }

        mutating func failSync() {
            isDoomed = true
            for place in overwrites.indices { overwrites[place].isDoomed = true }
        }
    }

    enum Target: Hashable, Sendable {
        case file(Int)
        case directory(Int)
    }

    struct Entry: Sendable {
        var name: String
        var target: Target
    }

    /// A change of the names in a directory that takes place as a whole or not at all.
    enum Change: Sendable {
        case add(Entry)
        case remove(String)
        case rename(String, to: String)
    }

    struct Directory: Sendable {
        /// In the order of their names.
        var entries: [Entry] = []
        var synced: [Entry] = []
        /// From `synced` to `entries`, in order.
        var changes: [Change] = []

        mutating func perform(_ change: Change) {
            change.apply(to: &entries)
            changes.append(change)
        }

        func target(of name: String) -> Target? { entries.first { $0.name == name }?.target }
    }

    /// By number; numbers are never used again.
    var files: [Int: File] = [:]
    /// The first one is the root.
    var directories = [Directory()]
    private var nextFile = 0

    package init() {}

    // MARK: Paths

    /// What a path names; nil for nothing.
    func target(of path: String) -> Target? {
        var target = Target.directory(0)
        for name in path.utf8.split(separator: UInt8(ascii: "/")) where name.count != 1 || name.first != 0x2e {
            guard case .directory(let directory) = target,
                let next = directories[directory].target(of: String(decoding: name, as: UTF8.self))
            else { return nil }
            target = next
        }
        return target
    }

    /// The directory that holds the last name of a path, and that name; nil if there is no such directory.
    func place(of path: String) -> (directory: Int, name: String)? {
        let bytes = Array(path.utf8)
        let end = bytes.lastIndex { $0 != UInt8(ascii: "/") }.map { $0 + 1 } ?? 0
        let start = bytes[..<end].lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        guard case .directory(let directory) = target(of: String(decoding: bytes[..<start], as: UTF8.self)) else {
            return nil
        }
        return (directory, String(decoding: bytes[start..<end], as: UTF8.self))
    }

    /// The sizes of all files that have a name or may get one back.
    var bytes: Int { files.values.reduce(0) { $0 + $1.content.count } }

    // MARK: Changes

    mutating func addFile(named name: String, to directory: Int) -> Int {
        let file = nextFile
        nextFile += 1
        files[file] = File()
        directories[directory].perform(.add(Entry(name: name, target: .file(file))))
        return file
    }

    mutating func addDirectory(named name: String, to directory: Int) {
        directories.append(Directory())
        directories[directory].perform(.add(Entry(name: name, target: .directory(directories.count - 1))))
    }

    /// Empties a file that is about to be written anew.
    mutating func startOver(_ file: Int) {
        guard var content = files[file] else { return }
        if content.replaced == nil { content.replaced = Array(content.content[..<content.syncedCount]) }
        content.content = []
        content.syncedCount = 0
        content.overwrites = []
        content.isDoomed = false
        files[file] = content
    }

    mutating func sync(_ file: Int, through count: Int) {
        guard let content = files[file],
            content.replaced != nil || count > content.syncedCount || !content.overwrites.isEmpty
        else { return }
        files[file]!.sync(through: count)
    }

    mutating func failSync(_ file: Int) { files[file]?.failSync() }

    mutating func overwrite(_ file: Int, at offset: Int, with bytes: UnsafeRawBufferPointer) {
        files[file]?.overwrite(at: offset, with: bytes)
    }

    mutating func syncNames(of directory: Int) {
        if directories[directory].changes.isEmpty { return }
        let before = directories[directory].synced
        let changes = directories[directory].changes
        directories[directory].synced = directories[directory].entries
        directories[directory].changes = []
        for entry in before { removeIfNameless(entry.target) }
        for case .add(let entry) in changes { removeIfNameless(entry.target) }
    }

    private mutating func removeIfNameless(_ target: Target) {
        guard case .file(let file) = target, files[file] != nil else { return }
        let hasName = directories.contains { directory in
            directory.entries.contains { $0.target == target } || directory.synced.contains { $0.target == target }
        }
        if !hasName { files[file] = nil }
    }
}

extension DiskImage.Change {
    func apply(to entries: inout [DiskImage.Entry]) {
        switch self {
        case .add(let entry): entries.set(entry)
        case .remove(let name): entries.removeAll { $0.name == name }
        case .rename(let name, let newName):
            guard let place = entries.firstIndex(where: { $0.name == name }) else { return }
            let target = entries.remove(at: place).target
            entries.set(DiskImage.Entry(name: newName, target: target))
        }
    }
}

extension [DiskImage.Entry] {
    fileprivate mutating func set(_ entry: DiskImage.Entry) {
        let place = firstIndex { $0.name >= entry.name } ?? endIndex
        if place < endIndex, self[place].name == entry.name {
            self[place] = entry
        } else {
            insert(entry, at: place)
        }
    }
}
