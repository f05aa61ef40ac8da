internal import KeyValue
internal import RaftCore

/// Term and vote, always stored together, and a loss as long as it has consequences. Body:
///
/// ```
///      0     8  current term
///      8     1  flags: 1 there is a vote in this term, 2 there is a loss
///      9     8  with a loss: index of the last entry that this node had acknowledged
///     17     8  with a loss: the term of that entry
///     25     8  with a loss: the term in which it was found
///      9     2  (33) size of the candidate's node id in bytes, 0 without a vote
///     11        (35) the candidate's node id, UTF-8
/// ```
enum HardStateRecord {
    static func encode(_ hardState: HardState) -> [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(hardState.currentTerm.rawValue)
        body.append((hardState.votedFor == nil ? 0 : 1) | (hardState.lostData == nil ? 0 : 2))
        if let lost = hardState.lostData {
            body.appendLittleEndian(lost.acknowledged.index.rawValue)
            body.appendLittleEndian(lost.acknowledged.term.rawValue)
            body.appendLittleEndian(lost.term.rawValue)
        }
        body.appendString(hardState.votedFor?.name ?? "")
        return SystemRecord.encode(body: body)
    }

    static func decode(_ record: UnsafeRawBufferPointer) throws(CodecError) -> HardState {
        let body = try SystemRecord.body(of: record)
        guard body.count >= 9, body[8] <= 3 else { throw CodecError("it is cut off or its flags are unknown") }
        var hardState = HardState(currentTerm: Term(body.littleEndian64(at: 0)))
        var offset = 9
        if body[8] & 2 != 0 {
            guard body.count >= 33 else { throw CodecError("the loss in it is cut off") }
            hardState.lostData = LostData(
                acknowledged: LogID(
                    index: LogIndex(body.littleEndian64(at: 9)), term: Term(body.littleEndian64(at: 17))),
                term: Term(body.littleEndian64(at: 25)))
            offset = 33
        }
        let candidate = try body.string(at: offset)
        if body[8] & 1 != 0 { hardState.votedFor = NodeID(candidate) }
        return hardState
    }
}
