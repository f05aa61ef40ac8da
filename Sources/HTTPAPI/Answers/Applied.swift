/// Whether a request that failed took effect.
enum Applied: String {
    case no, yes, unknown
    /// The first operations of a batch did, and no more will.
    case partly
}
