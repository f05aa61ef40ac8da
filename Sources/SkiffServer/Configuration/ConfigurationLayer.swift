internal import Bytes
internal import Configuration
internal import NIOConcurrencyHelpers
internal import Programs

/// One origin of values: where they are looked up, and how to name what was found.
///
/// The layers are asked one by one and not through a `ConfigReader`, which merges its providers and returns nil for a
/// value of the wrong type: here every value keeps its origin and every mistake is reported.
struct ConfigurationLayer {
    private let lookUp: @Sendable (AbsoluteConfigKey) throws -> LookupResult
    private let source: @Sendable (_ encodedKey: String) -> SettingSource

    /// The text of a setting in this layer; nil if the layer says nothing about it.
    func text(of setting: Setting) throws(ConfigurationError) -> (text: String, source: SettingSource)? {
        do {
            let result = try lookUp(AbsoluteConfigKey(ConfigKey(setting.key)))
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
    private init(_ provider: some ConfigProvider, source: @escaping @Sendable (String) -> SettingSource) {
        lookUp = { try provider.value(forKey: $0, type: .string) }
        self.source = source
    }

    static func flags(_ values: [Setting: String]) -> ConfigurationLayer {
        var contents: [AbsoluteConfigKey: ConfigValue] = [:]
        for (setting, text) in values {
            contents[AbsoluteConfigKey(ConfigKey(setting.key))] = ConfigValue(.string(text), isSecret: false)
        }
        return ConfigurationLayer(InMemoryProvider(name: "flags", values: contents)) { _ in .flag }
    }

    /// The variables with the prefix `SKIFF_`, then those without it.
    static func environment(_ environment: SettingEnvironment) -> [ConfigurationLayer] {
        let provider = EnvironmentVariablesProvider(environmentVariables: environment.values)
        return [
            ConfigurationLayer(provider.prefixKeys(with: "skiff")) { .environment($0) },
            ConfigurationLayer(provider) { .environment($0) },
        ]
    }
}

// MARK: File

extension ConfigurationLayer {
    /// Reads a YAML file, of which JSON is a subset. Each key of the file must be a setting: a misspelled key must not
    /// silently leave a default in place.
    static func file(_ path: String) throws(ConfigurationError) -> ConfigurationLayer {
        let text = try ConfigurationFile.read(path)
        let source: @Sendable (String) -> SettingSource = { _ in .file(path) }
        // To the parser a file of comments is no mapping.
        guard !ConfigurationFile.isBlank(text) else {
            return ConfigurationLayer(InMemoryProvider(name: "file", values: [:]), source: source)
        }
        // The snapshot does not list its keys, but asks for each whether it is secret.
        let keys = NIOLockedValueBox<[String]>([])
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { key, _ in
                keys.withLockedValue { $0.append(key) }
                return false
            })
        let snapshot: YAMLSnapshot
        do {
            let bytes = Array(text.utf8)
            snapshot = try YAMLSnapshot(data: bytes.span.bytes, providerName: "file", parsingOptions: options)
        } catch {
            throw ConfigurationFile.unreadable(path, "\(error)")
        }
        let layer = ConfigurationLayer(
            lookUp: { try snapshot.value(forKey: $0, type: .string) }, source: source)
        let found = keys.withLockedValue { $0 }
        try layer.refuseUnknownKeys(found, path)
        try refuseRepeatedKeys(found, path)
        return layer
    }

    /// YAML knows that two lines of one mapping have the same key. That `raft.nodeId` is `nodeId` below `raft` is our
    /// own rule.
    private static func refuseRepeatedKeys(_ keys: [String], _ path: String) throws(ConfigurationError) {
        var seen: Set<String> = []
        let repeated = Set(keys.filter { !seen.insert($0).inserted }).sorted()
        guard let key = repeated.first else { return }
        let more = repeated.count > 1 ? " (and \(repeated.count - 1) more)" : ""
        throw ConfigurationError(
            .contradiction, setting: Setting.allCases.first { $0.key == key },
            "\(key) is given twice (file \(path))\(more): in its section and by its whole name; remove one")
    }

    private func refuseUnknownKeys(_ keys: [String], _ path: String) throws(ConfigurationError) {
        let known = Setting.allCases.map(\.key)
        let isSection = { (key: String) in known.contains { $0.hasPrefix(key + ".") } }
        // A section all of whose lines are comments.
        let unknown = keys.filter { !known.contains($0) && !(isSection($0) && isNull($0)) }.sorted()
        guard let key = unknown.first else { return }
        let advice: String
        if isSection(key) {
            advice = "it is a section, whose settings stand indented below it"
        } else if let meant = NearestName.key(meantBy: key) {
            advice = "did you mean \(meant)?"
        } else {
            advice = "remove it"
        }
        let more = unknown.count > 1 ? " (and \(unknown.count - 1) more)" : ""
        throw ConfigurationError(
            .unknownKey, "\(SettingSource.printable(key)) is not a setting (file \(path))\(more): \(advice)")
    }

    private func isNull(_ key: String) -> Bool {
        do {
            guard case .string(let text) = try lookUp(AbsoluteConfigKey(ConfigKey(key))).value?.content else {
                return false
            }
            return SettingSource.isNull(text)
        } catch {
            // A list.
            return false
        }
    }
}
