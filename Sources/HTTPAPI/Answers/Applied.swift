/// Whether a request that failed took effect.
enum Applied: String {
    case no, unknown
    /// The first operations of a batch, or the first steps of a join, did, and no more will.
    case partly
}
