internal import HotPath
internal import NIOCore
internal import NIOPosix

/// A record that is not in memory, on its way from the disk to the connection that waits for it.
struct RecordRead: Sendable {
    enum Result: Sendable {
        case record(ByteBuffer)
        case nothing
        case failed(StoreFailure)
        /// The deadline was over before the disk was asked.
        case tooLate
    }

    let tag: RequestTag
    let key: [UInt8]
    let deadline: NIODeadline
    private(set) var result = Result.nothing

    init(tag: RequestTag, key: [UInt8], deadline: NIODeadline) {
        self.tag = tag
        self.key = key
        self.deadline = deadline
    }

    func with(_ result: Result) -> RecordRead {
        var read = self
        read.result = result
        return read
    }
}

/// Reads records where waiting does no harm. One per server, so that tests can stand in for it.
protocol RecordReading: Sendable {
    /// Fills in the results and hands each read to `done` once, in portions, on any thread.
    func read(_ reads: [RecordRead], _ done: @escaping @Sendable ([RecordRead]) -> Void)
}

/// Threads that wait for the disk in the place of the event loops. What the connections of a loop want in one turn
/// comes as one list; it is divided among the threads, because a disk serves several reads in the time of one.
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

    /// Hands over early what has become large.
    private static func read(
        _ reads: [RecordRead], from reader: any KeyValueReader, _ done: ([RecordRead]) -> Void
    ) {
        var results: [RecordRead] = []
        var bytes = 0
        for read in reads {
            // One whose request was answered for lack of time only holds up the others.
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
            // Never fails: what could not be ended is not told.
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
