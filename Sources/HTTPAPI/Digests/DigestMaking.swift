internal import HotPath
internal import NIOCore

/// Makes digests of the node's data. `StateDigests` in a server; tests make them when they want to.
protocol DigestMaking: Sendable {
    /// The digest, nil if the node stops, or why it cannot be made.
    typealias Caller = @Sendable (Result<StateDigest?, StoreFailure>) -> Void

    /// Calls `caller` once, on any thread, with the digest of a state that holds all that is applied now; not at all
    /// if `deadline` is over before. False, with nothing done, if too many wait.
    func make(until deadline: NIODeadline, _ caller: @escaping Caller) -> Bool
}
