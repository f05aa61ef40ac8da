internal import HotPath
internal import NIOCore
internal import NIOPosix

/// Threads that wait for the disk in place of the event loops. The wishes of a loop's connections in one pass come as
/// one list; it is divided among the threads, because a disk serves several reads in the time of one.
final class RecordReads: RecordReading {
    private let reader: any KeyValueReader
    private let pool = NIOThreadPool(numberOfThreads: HTTPLimits.readThreads)

    init(reader: any KeyValueReader) { self.reader = reader }

    /// Once, before the first read.
    func start() { pool.start() }

    func read(_ reads: [RecordRead], _ done: @escaping @Sendable ([RecordRead]) -> Void) {
        let share = (reads.count + HTTPLimits.readThreads - 1) / HTTPLimits.readThreads
        // Small, so that the first does not wait for the last.
        let portion = min(max(share, 1), HTTPLimits.recordReadsPerPortion)
        for start in stride(from: 0, to: reads.count, by: portion) {
            let reads = Array(reads[start..<min(start + portion, reads.count)])
            pool.submit { [reader] state in
                switch state {
                case .active:
                    Self.read(reads, from: reader, done)
                case .cancelled:
                    // Only when the server has closed its connections, so nobody waits for these.
                    break
                }
            }
        }
    }

    /// Hands the list over before its end once it is large.
    private static func read(
        _ reads: [RecordRead], from reader: any KeyValueReader, _ done: ([RecordRead]) -> Void
    ) {
        var results: [RecordRead] = []
        var bytes = 0
        for read in reads {
            // Its request was answered for lack of time, so it would only hold up the others.
            if read.deadline <= .now() {
                results.append(read.with(.tooLate))
                continue
            }
            let read = Self.read(read, from: reader)
            results.append(read)
            if case .record(let record) = read.result { bytes += record.readableBytes }
            if bytes >= HTTPLimits.writeBytesTarget {
                done(results)
                results.removeAll()
                bytes = 0
            }
        }
        if !results.isEmpty { done(results) }
    }

    /// Ends the threads, if there are any, after the reads under way. Nothing may be read afterwards.
    func shutdown() async {
        await withCheckedContinuation { continuation in
            // Never fails: threads that could not be ended are not reported.
            pool.shutdownGracefully { _ in continuation.resume() }
        }
    }

    static func read(_ read: RecordRead, from reader: any KeyValueReader) -> RecordRead {
        let result = read.key.withUnsafeBytes { key in
            var result = RecordRead.Result.nothing
            do throws(StoreFailure) {
                try reader.withRecord(forKey: key) { bytes in
                    if let bytes { result = .record(ByteBuffer(bytes: bytes)) }
                }
            } catch {
                result = .failed(error)
            }
            return result
        }
        return read.with(result)
    }
}
