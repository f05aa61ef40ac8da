internal import Synchronization

/// The counters that the event loops of one run share: the next key of a sequence, and the number of added keys.
final class SharedKeys: Sendable {
    private let sequence = Atomic<UInt64>(0)
    private let inserted = Atomic<UInt64>(0)

    func nextInSequence() -> UInt64 { sequence.wrappingAdd(1, ordering: .relaxed).oldValue }

    func nextInserted() -> UInt64 { inserted.wrappingAdd(1, ordering: .relaxed).oldValue }

    var insertedCount: UInt64 { inserted.load(ordering: .relaxed) }
}
