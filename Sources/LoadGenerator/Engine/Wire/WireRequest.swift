/// The kind of request that an answer belongs to.
enum WireRequest: Equatable {
    case get
    case put
    case conditionalPut
    case delete
    case batch(items: Int)
}
