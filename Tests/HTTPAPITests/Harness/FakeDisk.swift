import ClusterControl
import HotPath
import KeyValue
import Synchronization

@testable import HTTPAPI

/// Keeps what is to be read from disk until the test lets it be read.
final class FakeDisk: RecordReading {
    private typealias Batch = (reads: [RecordRead], done: @Sendable ([RecordRead]) -> Void)

    private let batches = Mutex<[Batch]>([])

    /// The keys of each list that is not read yet.
    var wanted: [[String]] {
        batches.withLock { $0.map { $0.reads.map { String(decoding: $0.key, as: UTF8.self) } } }
    }

    func read(_ reads: [RecordRead], _ done: @escaping @Sendable ([RecordRead]) -> Void) {
        batches.withLock { $0.append((reads, done)) }
    }

    func complete(from store: FakeStore) {
        let taken = batches.withLock { batches in
            defer { batches = [] }
            return batches
        }
        for batch in taken { batch.done(batch.reads.map { RecordReads.read($0, from: store) }) }
    }
}
