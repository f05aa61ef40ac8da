internal import Logging

extension SettingKind where Value == Bool {
    static var boolean: SettingKind {
        SettingKind(allowed: "true or false") { text throws(SettingRejection) in
            switch text.lowercased() {
            case "true", "1", "yes": true
            case "false", "0", "no": false
            default: throw SettingRejection("neither true nor false")
            }
        } text: {
            String($0)
        }
    }
}

extension SettingKind where Value: RawRepresentable<String> & Equatable {
    /// One of these values by its raw value. The others are refused until they are carried out: a setting must not be
    /// taken and ignored.
    static func choice(_ supported: Value...) -> SettingKind {
        SettingKind(allowed: alternatives(supported.map(\.rawValue))) { text throws(SettingRejection) in
            guard let choice = Value(rawValue: text) else {
                throw SettingRejection("not one of the choices")
            }
            guard supported.contains(choice) else {
                throw SettingRejection("\(text) is not supported yet")
            }
            return choice
        } text: {
            $0.rawValue
        }
    }
}

extension SettingKind where Value == Logger.Level {
    /// In any case, and `warn` for `warning`.
    static var logLevel: SettingKind {
        SettingKind(
            allowed: alternatives(Logger.Level.allCases.map(\.rawValue))
        ) { text throws(SettingRejection) in
            let text = text.lowercased()
            guard let level = Logger.Level(rawValue: text == "warn" ? "warning" : text) else {
                throw SettingRejection("not a log level")
            }
            return level
        } text: {
            $0.rawValue
        }
    }
}

/// `a, b or c`.
private func alternatives(_ names: [String]) -> String {
    let last = names.last ?? ""
    return names.count < 2 ? last : names.dropLast().joined(separator: ", ") + " or " + last
}
