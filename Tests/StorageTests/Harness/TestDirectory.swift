import Glibc

/// A directory that is removed with this object, and the ways in which tests damage its files.
final class TestDirectory {
    let path: String
    private var images: [TestDirectory] = []

    init() {
        var template = Array("/tmp/skiff-storage-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no directory for the test")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// The path for the directory of a node, which does not exist yet.
    var node: String { "\(path)/node" }

    /// A copy of the node's directory as it is now: the state after a crash of the process. Lives as long as this
    /// object.
    func crashImage() -> TestDirectory {
        // The threads of an open store may change files meanwhile, and no crash leaves a mixture of old and new files.
        while true {
            let before = fingerprint
            let image = TestDirectory()
            Self.copy(node, to: image.node)
            guard fingerprint == before else { continue }
            images.append(image)
            return image
        }
    }

    /// Path and size of each file under the node's directory.
    private var fingerprint: [String: Int] { content.mapValues(\.count) }

    // MARK: Looking

    /// Path and content of each file under the node's directory.
    var content: [String: [UInt8]] {
        var content: [String: [UInt8]] = [:]
        Self.collect(node, under: "", into: &content)
        return content
    }

    /// The names in a directory, in order.
    static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func permissions(of path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return content }
            content += chunk[..<count]
        }
    }

    // MARK: Changing

    static func write(_ content: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { preconditionFailure("cannot write \(path)") }
        defer { fclose(file) }
        precondition(fwrite(content, 1, content.count, file) == content.count, "cannot write \(path)")
    }

    static func write(_ text: String, to path: String) { write(Array(text.utf8), to: path) }

    static func makeDirectory(_ path: String) { precondition(mkdir(path, 0o755) == 0, "cannot create \(path)") }

    static func remove(_ path: String) {
        for name in names(in: path) { remove("\(path)/\(name)") }
        if unlink(path) != 0 { rmdir(path) }
    }

    /// The files of the write-ahead log that are not empty, oldest first.
    var writeAheadLogs: [String] {
        Self.names(in: "\(node)/db").filter { $0.hasSuffix(".log") }.map { "\(node)/db/\($0)" }
            .filter { !Self.read($0).isEmpty }
    }

    var witnessPath: String { "\(node)/skiff.witness" }

    /// The witness of the node; of an earlier time, it is that which a crash before the sync of a later batch leaves.
    var witness: [UInt8] {
        get { Self.read(witnessPath) }
        set { Self.write(newValue, to: witnessPath) }
    }

    /// Cuts bytes off the end of the newest file of the write-ahead log.
    func tearWriteAheadLog(by bytes: Int) {
        guard let path = writeAheadLogs.last else { preconditionFailure("there is no write-ahead log") }
        Self.write(Self.read(path).dropLast(bytes), to: path)
    }

    /// Flips one bit at the first occurrence of `pattern` in a database file of the given kind. Returns whether there
    /// is one.
    func flipBit(in pattern: String, ofFilesEndingWith suffix: String) -> Bool {
        let pattern = Array(pattern.utf8)
        for name in Self.names(in: "\(node)/db") where name.hasSuffix(suffix) {
            let path = "\(node)/db/\(name)"
            var content = Self.read(path)
            guard content.count >= pattern.count else { continue }
            let starts = 0...(content.count - pattern.count)
            guard let start = starts.first(where: { content[$0...].starts(with: pattern) }) else { continue }
            content[start] ^= 1
            Self.write(content, to: path)
            return true
        }
        return false
    }

    private static func copy(_ source: String, to target: String) {
        makeDirectory(target)
        for name in names(in: source) {
            if isDirectory("\(source)/\(name)") {
                copy("\(source)/\(name)", to: "\(target)/\(name)")
            } else {
                write(read("\(source)/\(name)"), to: "\(target)/\(name)")
            }
        }
    }

    private static func collect(_ path: String, under prefix: String, into content: inout [String: [UInt8]]) {
        for name in names(in: path) {
            if isDirectory("\(path)/\(name)") {
                collect("\(path)/\(name)", under: "\(prefix)\(name)/", into: &content)
            } else {
                content["\(prefix)\(name)"] = read("\(path)/\(name)")
            }
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// Makes every write to a file fail in this process, until the limit is lifted.
func limitFileSizes(toBytes bytes: UInt) -> FileSizeLimit {
    signal(SIGXFSZ, SIG_IGN)
    var before = rlimit()
    getrlimit(FileSizeLimit.resource, &before)
    var limit = rlimit(rlim_cur: bytes, rlim_max: before.rlim_max)
    setrlimit(FileSizeLimit.resource, &limit)
    return FileSizeLimit(before: before)
}

struct FileSizeLimit {
    static var resource: CInt { CInt(RLIMIT_FSIZE.rawValue) }

    let before: rlimit

    func lift() {
        var limit = before
        setrlimit(Self.resource, &limit)
    }
}
