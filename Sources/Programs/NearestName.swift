/// Finds what a user meant by a name that does not exist. Case, dashes and underscores do not count as differences.
package enum NearestName {
    /// The candidate with the fewest edits from the name, the first of equals, if those are not too many.
    package static func nearest(to name: String, among candidates: [String], editsMax: Int) -> String? {
        var nearest: (name: String, edits: Int)?
        for candidate in candidates {
            let edits = edits(from: folded(name), to: folded(candidate))
            if edits < nearest?.edits ?? .max { nearest = (candidate, edits) }
        }
        guard let nearest, nearest.edits <= editsMax else { return nil }
        return nearest.name
    }

    /// Whether no difference counts.
    package static func isSame(_ name: String, _ other: String) -> Bool { folded(name) == folded(other) }

    // MARK: Parts

    private static func folded(_ name: String) -> [UInt8] {
        name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    /// Levenshtein's distance, one row at a time.
    private static func edits(from source: [UInt8], to target: [UInt8]) -> Int {
        var row = Array(0...target.count)
        for (sourceIndex, sourceByte) in source.enumerated() {
            var diagonal = row[0]
            row[0] = sourceIndex + 1
            for (targetIndex, targetByte) in target.enumerated() {
                let substitution = diagonal + (sourceByte == targetByte ? 0 : 1)
                diagonal = row[targetIndex + 1]
                row[targetIndex + 1] = min(substitution, diagonal + 1, row[targetIndex] + 1)
            }
        }
        return row[target.count]
    }
}
