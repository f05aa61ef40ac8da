/// A configuration entry within a range of entries.
package struct ConfigurationEntry: Hashable, Sendable {
    package var index: LogIndex
    package var configuration: Configuration

    package init(index: LogIndex, configuration: Configuration) {
        self.index = index
        self.configuration = configuration
    }
}
