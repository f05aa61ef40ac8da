import Glibc

/// A directory that is removed with this object.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/skiff-rocksdb-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no directory for the test")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The directory of a database holds only files.
    deinit {
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                unlink("\(path)/\(String(decoding: name, as: UTF8.self))")
            }
            closedir(stream)
        }
        rmdir(path)
    }
}
