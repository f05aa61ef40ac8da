internal import Programs

extension NearestName {
    /// The key in a configuration file; nil if none is near enough to be a likely mistake.
    static func key(meantBy name: String) -> String? {
        if let setting = only({ isSame($0.flag, name) || $0.environmentNames.contains(name) }) { return setting.key }
        if let setting = only({ isSame(lastPart(of: $0.key), name) }) { return setting.key }
        return nearest(to: name, among: Setting.allCases.map(\.key), editsMax: name.utf8.count / 3)
    }

    /// The environment variable, with the prefix if `name` has it.
    static func variable(meantBy name: String) -> String? {
        let hasPrefix = name.hasPrefix(SettingEnvironment.prefix)
        let rest = name.drop { $0 != "_" }.dropFirst()
        // `SKIFF_DATA_DIR` for `SKIFF_RAFT_VOL_DIR`, whose flag is `--data-dir`.
        let meant = only { isSame($0.flag, String(rest)) } ?? only { $0.variable.hasSuffix("_" + rest) }
        let section = String(name.prefix { $0 != "_" }) + "_"
        if let meant, hasPrefix || meant.variable.hasPrefix(section) {
            return hasPrefix ? meant.environmentNames[0] : meant.variable
        }
        let names = [SettingEnvironment.configFileName] + Setting.allCases.flatMap(\.environmentNames)
        return nearest(to: name, among: names, editsMax: 2)
    }

    // MARK: Parts

    private static func only(_ matches: (Setting) -> Bool) -> Setting? {
        let found = Setting.allCases.filter(matches)
        return found.count == 1 ? found[0] : nil
    }

    private static func lastPart(of key: String) -> String { String(key.split(separator: ".").last ?? "") }
}
