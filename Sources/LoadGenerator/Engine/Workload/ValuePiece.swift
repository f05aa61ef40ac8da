/// One value to write: a place in the pool and a length, and in a verified run the mark of its write.
struct ValuePiece: Equatable {
    var place: Int
    var byteCount: Int
    /// Nil outside verified runs.
    var mark: ValueMark?
}
