internal import Storage

/// A file of a `SimulatedFileSystem` that is open to be overwritten in place. One thread.
///
/// `@unchecked Sendable`: the simulation has one thread.
final class SimulatedFile: OverwritableFile, @unchecked Sendable {
    private let files: SimulatedFileSystem
    private let number: Int
    private let path: String

    init(_ files: SimulatedFileSystem, _ number: Int, _ path: String) {
        self.files = files
        self.number = number
        self.path = path
    }

    func overwrite(at offset: Int, with bytes: UnsafeRawBufferPointer) throws(FileError) {
        try files.overwrite(number, at: offset, with: bytes, path)
    }

    func sync() throws(FileError) { try files.sync(number, path) }
}
