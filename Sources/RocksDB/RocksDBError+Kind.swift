extension RocksDBError.Kind {
    /// The C API returns only the text of a status, which starts with the name of its code.
    init(of message: String) {
        for (prefix, kind) in Self.prefixes where message.hasPrefix(prefix) {
            self = kind.refined(by: message)
            return
        }
        self = .other
    }

    private static let prefixes: [(String, Self)] = [
        ("Corruption: ", .corruption),
        ("IO error: ", .ioError),
        ("Invalid argument: ", .invalidArgument),
        ("NotFound: ", .notFound),
        ("Not implemented: ", .notSupported),
        ("Resource busy: ", .busy),
        ("Operation timed out: ", .timedOut),
        ("Operation aborted: ", .aborted),
        ("Result incomplete: ", .incomplete),
        ("Shutdown in progress: ", .shutdownInProgress),
        ("Column family dropped", .columnFamilyDropped),
    ]

    private func refined(by message: String) -> Self {
        switch self {
        case .ioError where message.hasPrefix("IO error: No space left on device"): .noSpace
        case .ioError where message.hasPrefix("IO error: lock "): .locked
        case .ioError where message.hasPrefix("IO error: While lock file: "): .locked
        case .invalidArgument where message.contains("is not linked with the binary"): .compressionNotLinked
        default: self
        }
    }
}
