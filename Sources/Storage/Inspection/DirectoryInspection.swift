/// A look at the directory of a node, which changes nothing in it: also at one whose node refuses to start. `problems`
/// says what cannot be read, and the rest is shown. One thread.
package final class DirectoryInspection {
    package let directory: String
    /// Sentences that say what could not be read.
    package private(set) var problems: [String] = []
    /// The process that has the directory locked, as it says of itself. What it changes from now on is not seen.
    package let user: String?
    let files: DirectoryFiles
    /// Read before the database, which a running node changes first.
    let witness: Result<WitnessMark, any Error>
    /// Nil if it cannot be opened at all.
    let engine: RocksDBEngine?

    package init(_ directory: String) throws(StorageError) {
        self.directory = directory
        files = DirectoryFiles(directory, SystemFiles())
        guard try files.kind(of: directory) == .directory else {
            throw StorageError(
                code: .notADirectory, directory: directory, message: "there is no directory. Name that of a node.")
        }
        let lock = "\(directory)/\(DataDirectory.lockName)"
        let isUsed = try files.isLocked(lock)
        user = isUsed ? Self.firstLine(of: try files.content(of: lock, bytesMax: 256)) : nil
        witness = Result { [files] in try Witness.read(in: files) }
        let opened = Self.open("\(directory)/\(DataDirectory.databaseName)")
        engine = opened.engine
        problems += opened.problems
    }

    deinit { engine?.close() }

    private static func open(_ path: String) -> (engine: RocksDBEngine?, problems: [String]) {
        do throws(EngineError) {
            return (try RocksDBEngine.openReadOnly(path, toleratingDamage: false), [])
        } catch {
            let problem = "The database refuses to open: \(error)."
            do throws(EngineError) {
                let engine = try RocksDBEngine.openReadOnly(path, toleratingDamage: true)
                return (engine, [problem + " Damaged records of its log are left out here."])
            } catch {
                return (nil, [problem])
            }
        }
    }

    private static func firstLine(of content: [UInt8]?) -> String {
        String(decoding: (content ?? []).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    func note(_ problem: String) { problems.append(problem) }

    /// The value of `read`, or nil with a problem noted.
    func noting<Value>(_ name: String, _ read: () throws -> Value?) -> Value? {
        do {
            return try read()
        } catch {
            note("\(name): \(error).")
            return nil
        }
    }
}
