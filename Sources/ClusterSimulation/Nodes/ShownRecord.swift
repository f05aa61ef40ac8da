internal import KeyValue

/// What a read found: the record of a key in the state as of a revision.
struct ShownRecord {
    let revision: UInt64
    private(set) var record: KeyValueState.Record?
    /// The bytes of the record made no sense.
    private(set) var isDamaged = false

    init(revision: UInt64, record: KeyValueState.Record? = nil) {
        self.revision = revision
        self.record = record
    }

    mutating func show(_ bytes: UnsafeRawBufferPointer?) {
        guard let bytes else { return }
        do throws(CodecError) {
            let view = try RecordView(decoding: bytes)
            record = KeyValueState.Record(
                revision: view.revision, writer: Operation.number(ofValue: view.value))
        } catch {
            isDamaged = true
        }
    }
}
