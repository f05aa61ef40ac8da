/// The release that this build belongs to: that of the server and of the tools.
package enum Release {
    /// Semantic version; `-dev` between releases.
    package static let version = "0.1.0-dev"
}
