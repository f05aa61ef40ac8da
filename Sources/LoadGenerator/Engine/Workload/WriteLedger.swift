/// The state of the writes to the keys that one connection owns in a verified run.
///
/// Key `n` belongs to connection `n mod stride`, and a key has one write in flight at a time, so that its writes have
/// an order: their sequence numbers. A write ends in one of three ways. Acknowledged: it took effect before the answer.
/// Refused: it did not and will not. Unknown: it may have taken effect or may still do so, since a server may hold it
/// back and apply it later, even after a younger write was acknowledged. So the value of a key is right if it comes
/// from the last acknowledged write or from any unknown one; any other value means that a write was lost or invented.
///
/// Keys are counted by their index, `n / stride`. Eight bytes per key; unknown writes take more, up to a limit. Unknown
/// writes above the limit are not remembered; their keys are marked, because some of their values cannot be judged.
struct WriteLedger {
    enum Outcome { case acknowledged, refused, unknown }

    /// The result of reading back one key.
    enum Finding: Equatable {
        case right
        /// The last acknowledged write is lost: the value is an older one, or the key is absent although the write was
        /// not a delete.
        case lost(Loss)
        /// The value was not written to this key in this run, or by a refused write.
        case foreign(Intrusion)
        /// Right only if an unknown write that was not remembered wrote it.
        case inconclusive
    }

    enum Loss: Equatable { case absent, older(sequence: UInt32), deletedOnly(sequence: UInt32) }
    enum Intrusion: Equatable { case unmarked, otherRun, otherKey(UInt64), damaged, notAcknowledged(sequence: UInt32) }

    /// The flag of a delete, in the same word as its sequence number.
    private static let deletes: UInt32 = 1 << 31
    static let sequenceMax: UInt32 = deletes - 1

    /// The last write that was issued; it is in flight if `isOpen` says so.
    private var issued: [UInt32]
    /// The last acknowledged write; 0 if there is none.
    private var acknowledged: [UInt32]
    /// Sequence numbers of unknown writes, with the flag of deletes.
    private var unknown: [Int: [UInt32]] = [:]
    private var unknownCount = 0
    private let unknownMax: Int
    /// Marks the keys that have unknown writes which were not remembered; empty as long as there are none.
    private var hasForgotten: [Bool] = []

    /// `openBit` marks a key with a write in flight.
    private static let openBit: UInt32 = 1 << 31

    init(keyCount: Int, unknownMax: Int = EngineLimits.unknownWritesMax) {
        issued = [UInt32](repeating: 0, count: keyCount)
        acknowledged = [UInt32](repeating: 0, count: keyCount)
        self.unknownMax = unknownMax
    }

    var keyCount: Int { issued.count }

    func isOpen(_ index: Int) -> Bool { index < issued.count && issued[index] & Self.openBit != 0 }

    /// Begins a write and returns its sequence number. The key has none in flight.
    mutating func issue(_ index: Int) -> UInt32 {
        if index >= issued.count {
            let missing = index + 1 - issued.count
            issued.append(contentsOf: repeatElement(0, count: missing))
            acknowledged.append(contentsOf: repeatElement(0, count: missing))
        }
        precondition(issued[index] & Self.openBit == 0, "a key got a second write while one was in flight")
        precondition(issued[index] < Self.sequenceMax, "a key was written more often than can be counted")
        issued[index] += 1
        let sequence = issued[index]
        issued[index] |= Self.openBit
        return sequence
    }

    /// Ends the write that is in flight.
    mutating func resolve(_ index: Int, isDelete: Bool, _ outcome: Outcome) {
        precondition(issued[index] & Self.openBit != 0, "a write ended that was not in flight")
        issued[index] &= ~Self.openBit
        let word = issued[index] | (isDelete ? Self.deletes : 0)
        switch outcome {
        case .acknowledged:
            acknowledged[index] = word
        case .refused:
            break
        case .unknown where unknownCount < unknownMax:
            unknownCount += 1
            unknown[index, default: []].append(word)
        case .unknown:
            if index >= hasForgotten.count {
                hasForgotten.append(contentsOf: repeatElement(false, count: issued.count - hasForgotten.count))
            }
            hasForgotten[index] = true
        }
    }

    /// Whether the key has a write that must not be lost.
    func isChecked(_ index: Int) -> Bool { acknowledged[index] != 0 }

    // MARK: Reading back

    private func isForgotten(_ index: Int) -> Bool { index < hasForgotten.count && hasForgotten[index] }

    /// Judges that the key was not there.
    func judgeAbsence(_ index: Int) -> Finding {
        let last = acknowledged[index]
        if last & Self.deletes != 0 { return .right }
        let isUnknownDelete = unknown[index]?.contains { $0 & Self.deletes != 0 } ?? false
        if isUnknownDelete { return .right }
        return isForgotten(index) ? .inconclusive : .lost(.absent)
    }

    /// Judges a value that was written by this run to this key with `sequence`.
    func judge(_ index: Int, sequence: UInt32) -> Finding {
        let last = acknowledged[index]
        if sequence == last { return .right }
        if unknown[index]?.contains(sequence) ?? false { return .right }
        if isForgotten(index), sequence > 0, sequence <= issued[index] & ~Self.openBit { return .inconclusive }
        if sequence > last & ~Self.deletes { return .foreign(.notAcknowledged(sequence: sequence)) }
        return .lost(last & Self.deletes != 0 ? .deletedOnly(sequence: sequence) : .older(sequence: sequence))
    }
}
