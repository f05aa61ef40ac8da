internal import Bytes
internal import Configuration
internal import NIOConcurrencyHelpers

/// One origin of values: a provider, and how to name what it found.
///
/// The layers are asked one by one and not through a `ConfigReader`, which merges its providers and returns nil for a
/// value of the wrong type: here every value keeps its origin and every mistake is reported.
struct ConfigurationLayer {
    private let provider: any ConfigProvider
    private let source: @Sendable (_ encodedKey: String) -> SettingSource

    /// The text of a setting in this layer; nil if the layer says nothing about it.
    func text(of setting: Setting) throws(ConfigurationError) -> (text: String, source: SettingSource)? {
        do {
            let result = try provider.value(forKey: AbsoluteConfigKey(ConfigKey(setting.key)), type: .string)
            guard case .string(let text) = result.value?.content else { return nil }
            return (text, source(result.encodedKey))
        } catch {
            // Flags and variables always are texts; a file may have a sequence in the place of one.
            throw ConfigurationError(
                .invalidValue, setting: setting,
                "\(source(setting.key).spelling(of: setting, "[…]")): a list and not one value;"
                    + " allowed: \(setting.allowed)")
        }
    }
}

// MARK: Flags and environment

extension ConfigurationLayer {
    static func flags(_ values: [Setting: String]) -> ConfigurationLayer {
        var contents: [AbsoluteConfigKey: ConfigValue] = [:]
        for (setting, text) in values {
            contents[AbsoluteConfigKey(ConfigKey(setting.key))] = ConfigValue(.string(text), isSecret: false)
        }
        return ConfigurationLayer(provider: InMemoryProvider(name: "flags", values: contents)) { _ in .flag }
    }

    /// The variables with the prefix `SKIFF_`, then those without it.
    static func environment(_ environment: SettingEnvironment) -> [ConfigurationLayer] {
        let provider = EnvironmentVariablesProvider(environmentVariables: environment.values)
        return [
            ConfigurationLayer(provider: provider.prefixKeys(with: "skiff")) { .environment($0) },
            ConfigurationLayer(provider: provider) { .environment($0) },
        ]
    }
}

// MARK: File

extension ConfigurationLayer {
    /// Reads a YAML file, of which JSON is a subset. Each key of the file must be a setting: a misspelled key must not
    /// silently leave a default in place.
    static func file(_ path: String) async throws(ConfigurationError) -> ConfigurationLayer {
        switch PathKind(of: path) {
        case .file: break
        case .absent: throw unreadable(path, "there is no such file")
        case .directory: throw unreadable(path, "it is a directory")
        }
        guard PathKind.isReadable(path) else { throw unreadable(path, "this process may not read it") }
        // The snapshot does not list its keys, but asks for each whether it is secret.
        let keys = NIOLockedValueBox<[String]>([])
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { key, _ in
                keys.withLockedValue { $0.append(key) }
                return false
            })
        let location = ConfigReader(
            provider: InMemoryProvider(values: ["filePath": ConfigValue(.string(path), isSecret: false)]))
        let provider: FileProvider<YAMLSnapshot>
        do {
            provider = try await FileProvider<YAMLSnapshot>(parsingOptions: options, config: location)
        } catch {
            throw unreadable(path, "\(error)")
        }
        try refuseUnknownKeys(keys.withLockedValue { $0 }, path)
        return ConfigurationLayer(provider: provider) { _ in .file(path) }
    }

    private static func unreadable(_ path: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(
            .unreadableFile,
            "cannot read the configuration file \(SettingSource.printable(path)): \(reason.onOneLine)")
    }

    private static func refuseUnknownKeys(_ keys: [String], _ path: String) throws(ConfigurationError) {
        let known = Setting.allCases.map(\.key)
        let unknown = keys.filter { !known.contains($0) }.sorted()
        guard let key = unknown.first else { return }
        let advice: String
        if known.contains(where: { $0.hasPrefix(key + ".") }) {
            advice = "it is a section, whose settings stand indented below it"
        } else if let nearest = NearestName.nearest(to: key, among: known) {
            advice = "did you mean \(nearest.name)?"
        } else {
            advice = "remove it"
        }
        let more = unknown.count > 1 ? " (and \(unknown.count - 1) more)" : ""
        throw ConfigurationError(
            .unknownKey, "\(SettingSource.printable(key)) is not a setting (file \(path))\(more): \(advice)")
    }
}
