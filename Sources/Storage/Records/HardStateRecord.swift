internal import KeyValue
internal import RaftCore

/// Term and vote, always stored together. Body:
///
/// ```
///      0     8  current term
///      8     1  1 if there is a vote in this term, else 0
///      9     2  size of the candidate's node id in bytes, 0 without a vote
///     11        the candidate's node id, UTF-8
/// ```
enum HardStateRecord {
    static func encode(_ hardState: HardState) -> [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(hardState.currentTerm.rawValue)
        body.append(hardState.votedFor == nil ? 0 : 1)
        body.appendString(hardState.votedFor?.name ?? "")
        return SystemRecord.encode(body: body)
    }

    static func decode(_ record: UnsafeRawBufferPointer) throws(CodecError) -> HardState {
        let body = try SystemRecord.body(of: record)
        guard body.count >= 9, body[8] <= 1 else { throw CodecError("it is cut off or its vote is unreadable") }
        let candidate = try body.string(at: 9)
        return HardState(
            currentTerm: Term(body.littleEndian64(at: 0)), votedFor: body[8] == 1 ? NodeID(candidate) : nil)
    }
}
