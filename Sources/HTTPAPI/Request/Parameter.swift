/// The parameters of all routes.
enum Parameter: UInt8, CustomStringConvertible {
    case consistency, level, consistent, stale, timeout, format, cas, atomic, chunk, pretty, verbose, exclude, forward
    // Promised by the interface, not there yet.
    case ttl, lease, prev, keepTTL, wait, index, maxStale, minRevision

    private static let all: [(StaticString, Parameter)] = [
        ("consistency", .consistency), ("level", .level), ("consistent", .consistent), ("stale", .stale),
        ("timeout", .timeout), ("format", .format), ("cas", .cas), ("atomic", .atomic), ("chunk", .chunk),
        ("pretty", .pretty), ("verbose", .verbose), ("exclude", .exclude), ("forward", .forward), ("ttl", .ttl),
        ("lease", .lease), ("prev", .prev),
        ("keep_ttl", .keepTTL), ("wait", .wait), ("index", .index), ("max_stale", .maxStale),
        ("min_revision", .minRevision),
    ]

    init?(named name: UnsafeRawBufferPointer) {
        guard let entry = Self.all.first(where: { name.equals($0.0) }) else { return nil }
        self = entry.1
    }

    var description: String {
        // Every case is in the table.
        "\(Self.all.first { $0.1 == self }!.0)"
    }
}

extension Parameter {
    /// The parameters that a route takes and this version has, in words.
    static func names(of route: any Route.Type) -> String {
        let names = all.filter { !$0.1.isPromised && route.takes($0.1) }.map { "\($0.0)" }
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }

    /// By the interface, and not there yet.
    private var isPromised: Bool {
        switch self {
        case .ttl, .lease, .prev, .keepTTL, .wait, .index, .maxStale, .minRevision: true
        case .consistency, .level, .consistent, .stale, .timeout, .format, .cas, .atomic, .chunk, .pretty, .verbose,
            .exclude, .forward:
            false
        }
    }

    /// Every route that reads a record takes it.
    var isOfReads: Bool {
        switch self {
        case .consistency, .level, .consistent, .stale, .timeout, .pretty, .wait, .index, .maxStale, .minRevision: true
        case .format, .cas, .atomic, .chunk, .verbose, .exclude, .forward, .ttl, .lease, .prev, .keepTTL: false
        }
    }

    /// Every route that changes records takes it.
    var isOfWrites: Bool { self == .timeout || self == .pretty || self == .forward }
}
