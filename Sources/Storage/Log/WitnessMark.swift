internal import KeyValue
internal import RaftCore

/// What a node has promised up to a moment: how far its log reached, its term and vote, and what it was told to have
/// lost. One slot of the witness, in
/// the form of a record of the store (`SystemRecord`), with zeros up to `slotBytes`. Body:
///
/// ```
///      0     8  sequence number: the higher one of the two slots counts
///      8     8  index of the last entry of the log, 0 if it is empty
///     16     8  the term of that entry
///     24     8  current term
///     32    16  instance: the two halves, 0 if none is claimed
///     48     1  flags: 1 there is a vote in this term, 2 there is a loss
///     49     2  size of the candidate's node id in bytes, 0 without a vote
///     51        the candidate's node id, UTF-8
///    479     8  with a loss: index of the last entry that the node had acknowledged, otherwise 0
///    487     8  with a loss: the term of that entry
///    495     8  with a loss: the term in which it was found
/// ```
struct WitnessMark: Hashable {
    /// Within one sector, which a disk writes as a whole, or leaves unreadable when the power fails meanwhile.
    static let slotBytes = 512
    private static let fixedBytes = 51
    private static let lossOffset = slotBytes - SystemRecord.headerBytes - 24
    private static let candidateBytesMax = lossOffset - fixedBytes

    var sequence: UInt64 = 0
    var last = LogID.zero
    var currentTerm = Term.zero
    var votedFor: NodeID?
    var lostData: LostData?
    /// Nil if none is claimed.
    var instance: InstanceID?

    init() {}

    // MARK: Bytes

    /// Writes the slot to `target`, which has `slotBytes` bytes.
    func encode(into target: UnsafeMutableRawBufferPointer) {
        let body = UnsafeMutableRawBufferPointer(rebasing: target[SystemRecord.headerBytes...])
        body.storeLittleEndian(sequence, at: 0)
        body.storeLittleEndian(last.index.rawValue, at: 8)
        body.storeLittleEndian(last.term.rawValue, at: 16)
        body.storeLittleEndian(currentTerm.rawValue, at: 24)
        body.storeLittleEndian(instance?.high ?? 0, at: 32)
        body.storeLittleEndian(instance?.low ?? 0, at: 40)
        var candidate = votedFor?.name ?? ""
        candidate.withUTF8 { name in
            // No node has so long an id (`DataDirectory.nodeIDBytesMax`): such a vote is only in the database.
            let count = name.count <= Self.candidateBytesMax ? name.count : 0
            body[48] = (count > 0 ? 1 : 0) | (lostData == nil ? 0 : 2)
            body.storeLittleEndian(UInt16(count), at: 49)
            let room = UnsafeMutableRawBufferPointer(rebasing: body[Self.fixedBytes..<Self.lossOffset])
            room[..<count].copyBytes(from: name[..<count])
            for place in count..<room.count { room[place] = 0 }
        }
        body.storeLittleEndian(lostData?.acknowledged.index.rawValue ?? 0, at: Self.lossOffset)
        body.storeLittleEndian(lostData?.acknowledged.term.rawValue ?? 0, at: Self.lossOffset + 8)
        body.storeLittleEndian(lostData?.term.rawValue ?? 0, at: Self.lossOffset + 16)
        SystemRecord.seal(target)
    }

    init(decoding slot: UnsafeRawBufferPointer) throws(CodecError) {
        let body = try SystemRecord.body(of: slot)
        guard slot.count == Self.slotBytes else { throw CodecError("it has \(slot.count) bytes") }
        sequence = body.littleEndian64(at: 0)
        last = LogID(index: LogIndex(body.littleEndian64(at: 8)), term: Term(body.littleEndian64(at: 16)))
        currentTerm = Term(body.littleEndian64(at: 24))
        instance = InstanceID(orNone: body.littleEndian64(at: 32), body.littleEndian64(at: 40))
        let end = Self.fixedBytes + Int(body.littleEndian16(at: 49))
        guard body[48] <= 3, end <= Self.lossOffset,
            let candidate = String(validating: body[Self.fixedBytes..<end], as: UTF8.self)
        else { throw CodecError("its flags or its vote are malformed") }
        if body[48] & 1 != 0 { votedFor = NodeID(candidate) }
        guard body[48] & 2 != 0 else { return }
        let acknowledged = LogID(
            index: LogIndex(body.littleEndian64(at: Self.lossOffset)),
            term: Term(body.littleEndian64(at: Self.lossOffset + 8)))
        lostData = LostData(acknowledged: acknowledged, term: Term(body.littleEndian64(at: Self.lossOffset + 16)))
    }

    // MARK: Comparison

    /// Term and vote, in words.
    private var ballot: String { votedFor.map { "term \(currentTerm) with a vote for \($0)" } ?? "term \(currentTerm)" }

    /// A sentence that says what this mark has and a database lacks; nil if the database has it all. `found` is what
    /// the database says, and `termAtLast` the term of its entry at the index of `last`, nil if it has none there. What
    /// lies before `compacted`, the last entry that has left the log, is in the key-value data.
    func complaint(about found: WitnessMark, termAtLast: Term?, compacted: LogIndex) -> String? {
        if last.index > .zero, last.index >= compacted, termAtLast != last.term {
            let there =
                termAtLast.map { "has term \($0) there" }
                ?? "ends at entry \(found.last.index)"
            return """
                \(Witness.fileName) says that the log held entry \(last.index) of term \(last.term), and the log \
                \(there).
                """
        }
        if found.currentTerm < currentTerm
            || found.currentTerm == currentTerm && votedFor != nil
                && found.votedFor != votedFor
        {
            return "\(Witness.fileName) says that the node was in \(ballot), and the database is in \(found.ballot)."
        }
        if let lostData, !lostData.isKnown(to: found.lostData) {
            return """
                \(Witness.fileName) says that the node had lost some of the entries that it had acknowledged through \
                \(lostData.acknowledged.index), and the database does not know of that.
                """
        }
        if let instance, found.instance != instance {
            let there = found.instance.map { "that of instance \($0)" } ?? "none with a history"
            return "\(Witness.fileName) is that of instance \(instance), and the database is \(there)."
        }
        return nil
    }
}

extension LostData {
    /// Whether a node that knows of `other` keeps all that this loss forbids.
    func isKnown(to other: LostData?) -> Bool {
        guard let other else { return false }
        return other.acknowledged.isAtLeastAsUpToDate(as: acknowledged) && other.term >= term
    }
}
