/// How long values are. The bytes themselves are pseudo-random and do not compress.
package enum ValueSize: Sendable, Equatable {
    case fixed(Int)
    /// Uniform within the closed range.
    case range(ClosedRange<Int>)
    /// One of the sizes, each drawn with its weight.
    case weighted([WeightedSize])
}
