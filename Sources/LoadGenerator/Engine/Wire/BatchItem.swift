/// One put of a batch.
struct BatchItem {
    var key: UInt64
    var value: ValuePiece
}
