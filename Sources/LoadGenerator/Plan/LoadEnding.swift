/// The end of a run that is not interrupted; warm-up excluded.
package enum LoadEnding: Sendable, Equatable {
    case after(Duration)
    /// After this many measured requests; a batch is one request.
    case afterRequests(Int)
}
