/// What a reading of all entries and records of a directory has found.
package struct InspectedCheck: Encodable, Sendable {
    package var directory: String
    package var usedBy: String?
    package var entries = 0
    package var terms = 0
    package var configurations = 0
    package var records = 0
    package var problems: [String] = []

    init(_ meta: InspectedMeta) {
        directory = meta.directory
        usedBy = meta.usedBy
    }

    /// The same for people, a line each.
    package var lines: [String] {
        ["\(entries) entries in \(terms) terms, \(configurations) configurations, \(records) records"]
            + problems.map { "PROBLEM    \($0)" }
    }
}
