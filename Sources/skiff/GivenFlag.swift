internal import LoadGenerator

/// A flag as it stood on the command line, however often. The last one must not win in silence.
struct GivenFlag {
    /// With its dashes.
    let name: String

    init(_ name: String) { self.name = name }

    /// The text of a flag that may be given once; nil if it was not given.
    func single(_ texts: [String]) throws(UsageError) -> String? {
        guard texts.count <= 1 else { throw UsageError("\(name) is there \(Self.times(texts.count))") }
        return texts.first
    }

    /// The text of a flag that takes a list: all of its parts together.
    func list(_ texts: [String]) -> String? { texts.isEmpty ? nil : texts.joined(separator: ",") }

    /// Whether a flag without a text was given, at most once.
    func isSet(_ count: Int) throws(UsageError) -> Bool {
        guard count <= 1 else { throw UsageError("\(name) is there \(Self.times(count))") }
        return count == 1
    }

    private static func times(_ count: Int) -> String { count == 2 ? "twice" : "\(count) times" }
}
