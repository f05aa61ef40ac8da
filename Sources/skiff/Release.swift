/// The release that this build belongs to; the same as the server's.
enum Release {
    /// Semantic version; `-dev` between releases.
    static let version = "0.1.0-dev"
}
