import Testing

/// How a test reports the places that break a rule.
enum Offences {
    /// Records one issue that lists the places.
    static func forbid(_ places: [String], _ reason: String, sourceLocation: SourceLocation = #_sourceLocation) {
        guard !places.isEmpty else { return }
        let shown = places.prefix(80).joined(separator: "\n")
        let more = places.count > 80 ? "\nand \(places.count - 80) more" : ""
        Issue.record("\(reason):\n\(shown)\(more)", sourceLocation: sourceLocation)
    }
}
