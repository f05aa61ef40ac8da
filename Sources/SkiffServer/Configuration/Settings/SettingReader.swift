/// Finds the value of each setting in the first layer that has one, and remembers where that was.
struct SettingReader {
    /// The layer that wins first.
    private let layers: [ConfigurationLayer]
    private(set) var sources: [Setting: SettingSource] = [:]
    private var texts: [Setting: String] = [:]

    init(layers: [ConfigurationLayer]) { self.layers = layers }

    /// Sets the setting's field to what the layers say; leaves it if they say nothing.
    mutating func read(
        _ setting: Setting, into configuration: inout ServerConfiguration
    ) throws(ConfigurationError) {
        for layer in layers {
            guard let (text, source) = try layer.text(of: setting), !source.leavesUnset(text) else {
                continue
            }
            sources[setting] = source
            texts[setting] = text
            do throws(SettingRejection) {
                try text.checkAsSetting()
                try setting.apply(text, &configuration)
            } catch {
                let reason = source.serviceLink(text) ?? error.reason
                throw ConfigurationError(
                    .invalidValue, setting: setting,
                    "\(spelling(of: setting)): \(reason); allowed: \(setting.allowed)")
            }
            return
        }
    }

    /// The setting as the user wrote it, or with its default.
    func spelling(of setting: Setting) -> String {
        (sources[setting] ?? .standard).spelling(of: setting, texts[setting] ?? setting.defaultText)
    }
}

extension String {
    /// No value of any setting has a control character, or a space at one of its ends: they come from files with the
    /// line ends of Windows and from copying, and nobody sees them in the name of a directory.
    func checkAsSetting() throws(SettingRejection) {
        if hasSuffix("\r") {
            throw SettingRejection("it ends with a carriage return, as lines of Windows do")
        }
        if let control = unicodeScalars.first(where: { $0.properties.generalCategory == .control }) {
            throw SettingRejection("it has the control character \(control.escaped(asASCII: true))")
        }
        if unicodeScalars.contains("\u{FFFD}") { throw SettingRejection("it is not UTF-8") }
        guard first?.isWhitespace != true, last?.isWhitespace != true else {
            throw SettingRejection("it begins or ends with a space")
        }
    }
}

extension SettingSource {
    /// The complaint about a variable that Kubernetes has set for a service whose name makes it ours; nil for any other
    /// value.
    func serviceLink(_ text: String) -> String? {
        guard case .environment(let name) = self else { return nil }
        guard ["tcp://", "udp://", "sctp://"].contains(where: text.hasPrefix) else { return nil }
        let escape =
            name.hasPrefix(SettingEnvironment.prefix)
            ? "give that service another name" : "set \(SettingEnvironment.prefix)\(name), which wins"
        return "Kubernetes sets this variable for a service of that name; "
            + "set enableServiceLinks: false for the pod, or \(escape)"
    }

    /// Whether YAML takes this for nothing.
    static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }

    /// A key without a value in a file, YAML's null, is as good as an absent one. An empty flag is a mistake.
    fileprivate func leavesUnset(_ text: String) -> Bool {
        switch self {
        case .file: Self.isNull(text)
        case .environment: text.isEmpty
        case .flag, .standard: false
        }
    }
}
