/// Takes answers for the requests of one event loop.
package protocol CompletionSink: Sendable {
    /// Called from the apply thread or the replica's loop, once per batch. The implementation hops to its loop once and
    /// answers there. A completion whose request is already answered (timed out, connection closed) is ignored.
    func post(_ completions: [Completion])
}
