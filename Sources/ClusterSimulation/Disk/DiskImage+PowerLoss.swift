extension DiskImage {
    /// A loss of power would change nothing.
    var isSynced: Bool {
        files.values.allSatisfy(\.isSynced) && directories.allSatisfy(\.changes.isEmpty)
    }

    /// A loss of power: what was not synced meets its fate. Returns the number of files of whose end a part is left.
    mutating func losePower(_ fate: UnsyncedFate, drawing generator: inout some RandomNumberGenerator) -> Int {
        // Draws in the order of numbers, not in that of the dictionary.
        losePower { unsyncedCount in
            Self.rest(of: unsyncedCount, fate, drawing: &generator)
        } keepingChanges: { changeCount in
            Self.rest(of: changeCount, fate == .drawnWithHoles ? .drawn : fate, drawing: &generator).count
        } tearingOverwrite: { bytes in
            guard fate == .drawn || fate == .drawnWithHoles, Int.random(in: 0..<3, using: &generator) == 0 else {
                return nil
            }
            // Most of what is overwritten differs in its first bytes only.
            return Int.random(in: 0..<min(bytes, 64), using: &generator)
        }
    }

    /// The same with other draws: `keeping` says what is left of the unsynced end of a file, by its size, and
    /// `keepingChanges` how many of the changes of names in a directory, or of the overwrites of one place in a file.
    /// `tearingOverwrite` says how many bytes are left of the last overwrite of a file, by its size, if the power fails
    /// in the midst of it.
    mutating func losePower(
        keeping: (Int) -> UnsyncedRest, keepingChanges: (Int) -> Int, tearingOverwrite: (Int) -> Int?
    ) -> Int {
        var tornCount = 0
        for number in files.keys.sorted() where !files[number]!.overwrites.isEmpty {
            files[number]!.undoOverwrites(keepingChanges, tearingOverwrite)
        }
        for number in files.keys.sorted() where !files[number]!.isSynced {
            files[number]!.losePower { unsyncedCount in
                let rest = keeping(unsyncedCount)
                if rest.count > 0, rest.count < unsyncedCount { tornCount += 1 }
                return rest
            }
        }
        for number in directories.indices where !directories[number].changes.isEmpty {
            let kept = keepingChanges(directories[number].changes.count)
            var entries = directories[number].synced
            for change in directories[number].changes[..<kept] { change.apply(to: &entries) }
            directories[number] = Directory(entries: entries, synced: entries)
        }
        dropNameless()
        return tornCount
    }

    private mutating func dropNameless() {
        var named: Set<Target> = []
        for directory in directories { for entry in directory.entries { named.insert(entry.target) } }
        for number in files.keys.sorted() where !named.contains(.file(number)) { files[number] = nil }
    }

    private static func rest(
        of count: Int, _ fate: UnsyncedFate, drawing generator: inout some RandomNumberGenerator
    ) -> UnsyncedRest {
        switch fate {
        case .lost: return UnsyncedRest(count: 0)
        case .kept: return UnsyncedRest(count: count)
        case .drawn, .drawnWithHoles:
            // The two ends are drawn often, because most of the files are longer than interesting.
            let kept =
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: 0
                case 1: count
                default: Int.random(in: 0...count, using: &generator)
                }
            guard fate == .drawnWithHoles, kept > 0, Bool.random(using: &generator) else {
                return UnsyncedRest(count: kept)
            }
            let start = Int.random(in: 0..<kept, using: &generator)
            return UnsyncedRest(count: kept, hole: start..<min(start + 512, kept))
        }
    }
}

extension DiskImage.File {
    /// Of the overwrites of one place the first ones are left, and of the last one of all perhaps a part: a disk that
    /// loses power writes one sector at the most.
    fileprivate mutating func undoOverwrites(_ keeping: (Int) -> Int, _ tearing: (Int) -> Int?) {
        guard let last = overwrites.last else { return }
        let newest = Array(content[last.offset..<last.offset + last.before.count])
        for offset in Set(overwrites.map(\.offset)).sorted() {
            let versions = overwrites.filter { $0.offset == offset }
            let kept = keeping(versions.count)
            if kept < versions.count { restore(versions[kept].before, at: offset) }
        }
        if let count = tearing(newest.count) {
            restore(Array(newest[..<count]) + last.before[count...], at: last.offset)
        }
        overwrites = []
    }

    private mutating func restore(_ bytes: [UInt8], at offset: Int) {
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    fileprivate mutating func losePower(_ keeping: (Int) -> UnsyncedRest) {
        let rest = keeping(content.count - syncedCount)
        if rest.count == 0, let replaced {
            content = replaced
        } else {
            content.removeSubrange((syncedCount + rest.count)...)
            for place in rest.hole { content[syncedCount + place] = 0 }
        }
        self = DiskImage.File(content: content, syncedCount: content.count)
    }
}
