internal import KeyValue

/// The second witness of what a node has promised, next to the database: a file of two slots, of which the readable one
/// with the higher sequence number counts. A database that has less than it says has lost something, or is an older
/// copy, and the node does not start with it.
///
/// It must never claim more than the database holds, whatever a crash leaves of the two. So the mark of a batch is
/// written when the batch is durable, into the slot that does not count, and without a sync: of marks that a loss of
/// power takes back the older ones are true as well, because log and hard state only grow. Before the one thing that
/// takes something away from them, both slots are lowered and synced: no older mark that claims more may be left where
/// it could count again.
struct Witness: ~Copyable {
    static let fileName = "skiff.witness"
    /// Each slot has a block of its own, so that a write of one never touches the other.
    static let slotDistance = 4_096
    static let fileBytes = 2 * slotDistance

    /// The mark that counts.
    private(set) var mark: WitnessMark
    /// Whether there was none before.
    let isNew: Bool
    private var newestSlot: Int
    private let file: any OverwritableFile
    /// Reused by every write.
    private let slot = UnsafeMutableRawBufferPointer.allocate(byteCount: WitnessMark.slotBytes, alignment: 8)

    /// Opens the witness of a directory, and changes nothing. With `creating`, for a directory that was never complete,
    /// one that is not there or not whole is made anew, durably: it claims nothing.
    static func open(in files: DirectoryFiles, creating: Bool) throws(StorageError) -> Witness {
        do throws(StorageError) {
            return try open(in: files, isNew: false)
        } catch  where creating && error.code == .damaged {
            try create(in: files)
            return try open(in: files, isNew: true)
        }
    }

    /// The mark that counts.
    static func read(in files: DirectoryFiles) throws(StorageError) -> WitnessMark { try newest(in: files).mark }

    private static func create(in files: DirectoryFiles) throws(StorageError) {
        var content = [UInt8](repeating: 0, count: fileBytes)
        content.withUnsafeMutableBytes { bytes in
            for number in 0..<2 {
                var mark = WitnessMark()
                mark.sequence = UInt64(number)
                mark.encode(into: UnsafeMutableRawBufferPointer(rebasing: bytes[range(ofSlot: number)]))
            }
        }
        try files.create(fileName, with: content)
    }

    private static func open(in files: DirectoryFiles, isNew: Bool) throws(StorageError) -> Witness {
        let newest = try newest(in: files)
        let path = "\(files.directory)/\(fileName)"
        return Witness(newest.mark, inSlot: newest.slot, isNew: isNew, of: try files.openForOverwriting(path))
    }

    private init(_ mark: WitnessMark, inSlot number: Int, isNew: Bool, of file: any OverwritableFile) {
        self.isNew = isNew
        self.mark = mark
        newestSlot = number
        self.file = file
    }

    deinit { slot.deallocate() }

    /// The slot that counts, and its mark.
    private static func newest(in files: DirectoryFiles) throws(StorageError) -> (slot: Int, mark: WitnessMark) {
        let path = "\(files.directory)/\(fileName)"
        guard let content = try files.content(of: path, bytesMax: fileBytes + 1) else {
            throw damage(files, "is missing")
        }
        guard content.count == fileBytes else {
            let size = content.count > fileBytes ? "more" : "\(content.count)"
            throw damage(files, "has \(size) bytes where \(fileBytes) belong")
        }
        var complaints: [String] = []
        var newest: (slot: Int, mark: WitnessMark)?
        for number in 0..<2 {
            let bytes = Array(content[range(ofSlot: number)])
            do throws(CodecError) {
                let mark = try bytes.withRawBytes { slot throws(CodecError) in try WitnessMark(decoding: slot) }
                if newest.map({ $0.mark.sequence < mark.sequence }) ?? true { newest = (number, mark) }
            } catch {
                complaints.append(error.description)
            }
        }
        guard let newest else { throw damage(files, "is damaged in both of its parts (\(complaints[0]))") }
        return newest
    }

    private static func range(ofSlot number: Int) -> Range<Int> {
        number * slotDistance..<number * slotDistance + WitnessMark.slotBytes
    }

    private static func damage(_ files: DirectoryFiles, _ complaint: String) -> StorageError {
        damage(directory: files.directory, complaint)
    }

    static func damage(directory: String, _ complaint: String) -> StorageError {
        StorageError(
            code: .damaged, directory: directory,
            message: """
                the file \(fileName) \(complaint). It says how far the log and the votes of this node reached, and \
                without it nobody can tell whether the database has lost any. \(StorageError.replaceNodeAdvice)
                """)
    }

    // MARK: Writing

    /// Claims what has become durable in the database.
    mutating func raise(to mark: WitnessMark) throws(FileError) { try write(mark, inSlot: 1 - newestSlot) }

    /// Claims what a start has found, durably: a loss of power may have torn the slot that does not count, and the next
    /// one may tear the other.
    mutating func settle(at mark: WitnessMark) throws(FileError) {
        try raise(to: mark)
        try file.sync()
    }

    /// Claims less, durably, before the database may lose the rest.
    mutating func lower(to mark: WitnessMark, isSynced: Bool = true) throws(FileError) {
        try write(mark, inSlot: 1 - newestSlot)
        try write(mark, inSlot: 1 - newestSlot)
        if isSynced { try file.sync() }
    }

    private mutating func write(_ mark: WitnessMark, inSlot number: Int) throws(FileError) {
        let sequence = self.mark.sequence + 1
        self.mark = mark
        self.mark.sequence = sequence
        newestSlot = number
        self.mark.encode(into: slot)
        try file.overwrite(at: number * Self.slotDistance, with: UnsafeRawBufferPointer(slot))
    }
}
