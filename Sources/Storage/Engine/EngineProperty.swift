/// What an engine can tell about a family.
package enum EngineProperty: Sendable {
    /// The number of table files that a look-up may have to search one by one.
    case filesAtLevel0
    /// Roughly the number of records.
    case recordCount
    /// The size of the table files, in bytes.
    case fileBytes
}
