/// What the servers of a cluster may write for one another: a number in the configuration
/// (`Configuration.featureLevel`) and in each entry. A release that knows more knows a higher level, with all that the
/// lower ones have.
///
/// The level of a cluster is raised by a configuration entry once all members know a higher one, and never lowered.
/// Leaders propose what it allows. So a server meets an entry above its own level only if it was exchanged for an older
/// release, or if its leader is not to be trusted: it does not take that entry (`UnknownEntry`).
package enum FeatureLevel {
    package static let first: UInt8 = 1
    /// Nodes compare their data: entries of the kinds `comparison` and `verdict`, and answers to comparisons.
    package static let comparisons: UInt8 = 2
    /// The highest that this release knows.
    package static let release: UInt8 = 2
}
