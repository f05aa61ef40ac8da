/// Options of a database or of a column family, under their names in RocksDB's own OPTIONS files. An unknown name or a
/// malformed value is an error when the database is opened.
///
/// ```swift
/// let options: Options = ["block_based_table_factory": ["filter_policy": "bloomfilter:10"], "max_open_files": -1]
/// ```
package struct Options: Hashable, Sendable, ExpressibleByDictionaryLiteral, CustomStringConvertible {
    package enum Value: Hashable, Sendable {
        case text(String)
        /// The options of a part, such as `block_based_table_factory`.
        case nested(Options)
    }

    private struct Setting: Hashable, Sendable {
        var name: String
        var value: Value
    }

    private var settings: [Setting] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// The value set for `name`; nil leaves it to RocksDB's default.
    package subscript(name: String) -> Value? {
        get { settings.first { $0.name == name }?.value }
        set {
            settings.removeAll { $0.name == name }
            if let newValue { settings.append(Setting(name: name, value: newValue)) }
        }
    }

    /// The text that `rocksdb_get_options_from_string` reads.
    package var description: String {
        settings.map { setting in
            switch setting.value {
            case .text(let text): "\(setting.name)=\(text);"
            case .nested(let options): "\(setting.name)={\(options)};"
            }
        }.joined()
    }
}
