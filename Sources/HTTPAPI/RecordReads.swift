internal import HotPath
internal import NIOCore
internal import NIOPosix

/// A record that is not in memory, on its way from the disk to the connection that waits for it.
struct RecordRead: Sendable {
    enum Result: Sendable {
        case record(ByteBuffer)
        case nothing
        case failed(StoreFailure)
    }

    let tag: RequestTag
    let key: [UInt8]
    var result = Result.nothing
}

/// Reads records where waiting does no harm. One per server, so that tests can stand in for it.
protocol RecordReading: Sendable {
    /// Fills in the results and hands the reads to `done`, in portions, on any thread.
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
        let portion = max(1, (reads.count + HTTPLimits.readThreads - 1) / HTTPLimits.readThreads)
        for start in stride(from: 0, to: reads.count, by: portion) {
            let reads = Array(reads[start..<min(start + portion, reads.count)])
            pool.submit { [reader] state in
                switch state {
                case .active:
                    done(reads.map { Self.read($0, from: reader) })
                case .cancelled:
                    // Only when the server has closed its connections, so nobody waits for these.
                    break
                }
            }
        }
    }

    /// Ends the threads, if there are any, after the reads under way. Nothing may be read afterwards.
    func shutdown() async {
        await withCheckedContinuation { continuation in
            // Never fails: what could not be ended is not told.
            pool.shutdownGracefully { _ in continuation.resume() }
        }
    }

    static func read(_ read: RecordRead, from reader: any KeyValueReader) -> RecordRead {
        var read = read
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
        read.result = result
        return read
    }
}
