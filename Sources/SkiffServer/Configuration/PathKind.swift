internal import Glibc

/// The kind of thing that a path names, links followed.
enum PathKind {
    /// Nothing, or nothing that this process may look at.
    case absent
    case directory
    /// A file, a pipe or a device.
    case file

    init(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = .absent
            return
        }
        self = status.st_mode & S_IFMT == S_IFDIR ? .directory : .file
    }
}
