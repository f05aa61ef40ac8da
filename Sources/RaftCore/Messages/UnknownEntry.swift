/// An entry that a leader sent and that needs more than this server knows.
package struct UnknownEntry: Hashable, Sendable {
    package var index: LogIndex
    /// The feature level that it needs.
    package var featureLevel: UInt8

    package init(index: LogIndex, featureLevel: UInt8) {
        self.index = index
        self.featureLevel = featureLevel
    }
}
