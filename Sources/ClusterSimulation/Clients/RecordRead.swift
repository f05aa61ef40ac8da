/// A read of a record that an event loop could not serve without waiting.
struct RecordRead {
    enum Reader {
        /// A client's linearizable read, by its number.
        case operation(UInt64)
        /// A read that asks nobody.
        case stale
    }

    var reader: Reader
    var key: Int
}
