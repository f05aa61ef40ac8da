/// The meaning of one answer for its request.
enum Verdict: Equatable {
    /// `items` operations took effect. `missed`: there was no record to read or delete, or the condition did not hold.
    case succeeded(items: Int, missed: Bool)
    /// `mayHaveApplied`: the request may have taken effect nevertheless, or may still.
    case failed(FailureReason, mayHaveApplied: Bool)
}
