/// One thing that an operator can set: an entry of the table in `Setting+Table`. Its flag, its variables, its key in
/// the configuration file, its part of `--help` and its row in the README all follow from that entry, and so does how
/// its text becomes a field of `ServerConfiguration`.
package struct Setting: Sendable {
    /// The key in the configuration file, sections separated by dots: `raft.nodeId`.
    package let key: String
    /// The long flag without its two dashes: `node-id`.
    package let flag: String
    /// The environment variables that are read, the one that wins first: `SKIFF_RAFT_NODE_ID`, `RAFT_NODE_ID`.
    package let environmentNames: [String]
    /// Its meaning, for `--help`.
    package let summary: String
    /// The form of a value, as it stands in error messages after "allowed:".
    package let allowed: String
    /// The default as a user would write it, or a description in words where it depends on the machine.
    package let defaultText: String
    /// The field that it sets.
    let field: PartialKeyPath<ServerConfiguration> & Sendable
    /// Reads a text and sets the field.
    let apply: @Sendable (String, inout ServerConfiguration) throws(SettingRejection) -> Void

    /// - Parameters:
    ///   - field: The field that it sets; its initial value is the default.
    ///   - kind: How its values are written.
    ///   - defaultInWords: The default where it depends on the machine or has no spelling.
    ///   - isPrefixedOnly: Whether the variable without the prefix `SKIFF_` is somebody else's.
    init<Value: Sendable>(
        _ key: String, flag: String, _ field: WritableKeyPath<ServerConfiguration, Value> & Sendable,
        _ kind: SettingKind<Value>, _ summary: String, defaultInWords: String? = nil, isPrefixedOnly: Bool = false
    ) {
        let defaultText = defaultInWords ?? kind.text(ServerConfiguration(nodeID: "")[keyPath: field])
        let variable = Self.variable(for: key)
        self.key = key
        self.flag = flag
        environmentNames = isPrefixedOnly ? ["SKIFF_" + variable] : ["SKIFF_" + variable, variable]
        self.summary = summary
        allowed = kind.allowed + (kind.showsDefault ? ", such as \(defaultText)" : "")
        self.defaultText = defaultText
        self.field = field
        apply = { text, configuration throws(SettingRejection) in
            configuration[keyPath: field] = try kind.parse(text)
        }
    }

    /// `raft.nodeId` is `RAFT_NODE_ID`.
    private static func variable(for key: String) -> String {
        var name = ""
        for character in key {
            if character.isUppercase { name += "_" }
            name += character == "." ? "_" : character.uppercased()
        }
        return name
    }
}

extension Setting {
    /// The setting of this field. Precondition: an entry of the table sets it.
    static func of(_ field: PartialKeyPath<ServerConfiguration>) -> Setting {
        guard let setting = allCases.first(where: { $0.field == field }) else {
            preconditionFailure("no setting sets \(field)")
        }
        return setting
    }

    /// The variable to recommend: without prefix, where that is read.
    package var variable: String { environmentNames[environmentNames.count - 1] }

    /// The table of all settings as it stands in the documents.
    static var markdownTable: [String] {
        let rows = allCases.map { "| `\($0.key)` | `--\($0.flag)` | `\($0.variable)` | \($0.defaultText) |" }
        return ["| Key in the file | Flag | Variable | Default |", "|---|---|---|---|"] + rows
    }
}

extension Setting: Hashable {
    package static func == (left: Setting, right: Setting) -> Bool { left.key == right.key }

    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
