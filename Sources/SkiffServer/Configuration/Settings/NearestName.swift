/// Finds what a user meant by a name that does not exist.
enum NearestName {
    /// The key in a configuration file; nil if none is near enough to be a likely mistake.
    static func key(meantBy name: String) -> String? {
        if let setting = only({ folded($0.flag) == folded(name) || $0.environmentNames.contains(name) }) {
            return setting.key
        }
        if let setting = only({ folded(lastPart(of: $0.key)) == folded(name) }) { return setting.key }
        return nearest(to: name, among: Setting.allCases.map(\.key), editsMax: name.utf8.count / 3)
    }

    /// The environment variable, with the prefix if `name` has it.
    static func variable(meantBy name: String) -> String? {
        let hasPrefix = name.hasPrefix(SettingEnvironment.prefix)
        let rest = name.drop { $0 != "_" }.dropFirst()
        // `SKIFF_DATA_DIR` for `SKIFF_RAFT_VOL_DIR`, whose flag is `--data-dir`.
        let meant = only { folded($0.flag) == folded(String(rest)) } ?? only { $0.variable.hasSuffix("_" + rest) }
        let section = String(name.prefix { $0 != "_" }) + "_"
        if let meant, hasPrefix || meant.variable.hasPrefix(section) {
            return hasPrefix ? meant.environmentNames[0] : meant.variable
        }
        let names = [SettingEnvironment.configFileName] + Setting.allCases.flatMap(\.environmentNames)
        return nearest(to: name, among: names, editsMax: 2)
    }

    /// The candidate with the fewest edits from the name, the first of equals, if those are not too many. Case, dashes
    /// and underscores do not count as differences.
    static func nearest(to name: String, among candidates: [String], editsMax: Int) -> String? {
        var nearest: (name: String, edits: Int)?
        for candidate in candidates {
            let edits = edits(from: folded(name), to: folded(candidate))
            if edits < nearest?.edits ?? .max { nearest = (candidate, edits) }
        }
        guard let nearest, nearest.edits <= editsMax else { return nil }
        return nearest.name
    }

    // MARK: Parts

    private static func only(_ matches: (Setting) -> Bool) -> Setting? {
        let found = Setting.allCases.filter(matches)
        return found.count == 1 ? found[0] : nil
    }

    private static func lastPart(of key: String) -> String { String(key.split(separator: ".").last ?? "") }

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
