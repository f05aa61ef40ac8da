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
                try setting.apply(text, &configuration)
            } catch {
                throw ConfigurationError(
                    .invalidValue, setting: setting,
                    "\(spelling(of: setting)): \(error.reason); allowed: \(setting.allowed)")
            }
            return
        }
    }

    /// The setting as the user wrote it, or with its default.
    func spelling(of setting: Setting) -> String {
        (sources[setting] ?? .standard).spelling(of: setting, texts[setting] ?? setting.defaultText)
    }
}

extension SettingSource {
    /// A key without a value in a file, YAML's null, is as good as an absent one. An empty flag is a mistake.
    fileprivate func leavesUnset(_ text: String) -> Bool {
        switch self {
        case .file: text.isEmpty || text == "~" || text == "null"
        case .environment: text.isEmpty
        case .flag, .standard: false
        }
    }
}
