/// A column family to open, or to create if it is missing and the option `create_missing_column_families` is set.
package struct ColumnFamilyDescriptor: Hashable, Sendable {
    /// The family that every database has.
    package static let defaultName = "default"

    package var name: String
    package var options: Options

    package init(name: String, options: Options = [:]) {
        self.name = name
        self.options = options
    }
}
