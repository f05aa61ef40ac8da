internal import Glibc
internal import HotPath
internal import NIOConcurrencyHelpers
internal import Synchronization

/// Writes the lines of the log to a descriptor on its own thread. Whoever reads the other end of a pipe may stop for as
/// long as it likes; then that thread waits, and nobody else. Lines without room are dropped, and a line in their place
/// says how many.
///
/// Each line is one system call, because several programs may share a pipe: the kernel keeps a write whole that is not
/// longer than `PIPE_BUF`. The thread lives as long as the process.
///
/// `@unchecked Sendable`: everything that changes is used with the lock held.
final class LogWriter: @unchecked Sendable {
    /// Of lines that are not written yet.
    static let bytesMax = 1 << 20
    /// How long the end of the process waits for a reader of the last lines.
    static let lastLinesLimit = Duration.seconds(1)
    /// What a line occupies apart from its text.
    private static let lineOverheadBytes = 64
    /// Of this process, those that have something to write. Read by `FatalSignals`, which can take no lock.
    private static let busyCount = Atomic<Int>(0)

    private let descriptor: CInt
    private let bytesMax: Int
    private let gap: @Sendable (_ droppedCount: Int) -> String
    /// Its condition: whether there is something to write.
    private let lock = ConditionLock(value: false)
    private var isBusy = false
    private var waiting: [String] = []
    /// Of the lines that wait and of those that are being written.
    private var heldBytes = 0
    private var droppedCount = 0

    /// `gap` makes the line that stands where others were dropped.
    init(descriptor: CInt, bytesMax: Int = LogWriter.bytesMax, gap: @escaping @Sendable (Int) -> String) {
        self.descriptor = descriptor
        self.bytesMax = bytesMax
        self.gap = gap
        _ = DedicatedThread(name: "skiff-logging") { [self] in run() }
    }

    /// Takes a line with its newline. Waits for nothing but other callers.
    func append(_ line: String) {
        lock.lock()
        let bytes = line.utf8.count + Self.lineOverheadBytes
        // After one that has no room all are dropped until there is some for many, so that a gap is in one place.
        if droppedCount == 0, heldBytes + bytes <= bytesMax {
            waiting.append(line)
            heldBytes += bytes
        } else {
            droppedCount += 1
        }
        setBusy(true)
        lock.unlock(withValue: true)
    }

    /// Waits until everything is written. False if that takes longer than `limit`.
    @discardableResult
    func flush(within limit: Duration = lastLinesLimit) -> Bool {
        let seconds = Double(limit.components.seconds) + Double(limit.components.attoseconds) / 1e18
        let isWritten = lock.lock(whenValue: false, timeoutSeconds: seconds)
        if isWritten { lock.unlock() }
        return isWritten
    }

    /// Waits as `flush` does, for all writers of the process. For handlers of signals: takes no lock and allocates
    /// nothing.
    static func awaitAll() {
        var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        for _ in 0..<(lastLinesLimit.components.seconds * 1_000) where busyCount.load(ordering: .acquiring) > 0 {
            nanosleep(&pause, nil)
        }
    }

    // MARK: Thread

    private func run() {
        // Signals are for other threads: the handler of one that ends the process waits for this one.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        var isMidLine = false
        while true {
            lock.lock(whenValue: true)
            var lines = waiting
            waiting = []
            if droppedCount > 0 { lines.append(gap(droppedCount)) }
            droppedCount = 0
            let bytes = heldBytes
            lock.unlock()
            for line in lines { write(line, &isMidLine) }
            lock.lock()
            heldBytes -= bytes
            let hasMore = !waiting.isEmpty || droppedCount > 0
            setBusy(hasMore)
            lock.unlock(withValue: hasMore)
        }
    }

    /// Call with the lock held.
    private func setBusy(_ isBusyNow: Bool) {
        guard isBusyNow != isBusy else { return }
        isBusy = isBusyNow
        Self.busyCount.add(isBusyNow ? 1 : -1, ordering: .acquiringAndReleasing)
    }

    /// `isMidLine` says whether a line was cut off before.
    private func write(_ line: String, _ isMidLine: inout Bool) {
        var text = isMidLine ? "\n" + line : line
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if count < 0, errno == EAGAIN {
                    awaitReader()
                } else if count == 0 || errno != EINTR {
                    // A full disk, or nobody who will ever read.
                    break
                }
            }
            isMidLine = !rest.isEmpty && (isMidLine || rest.count < bytes.count)
        }
    }

    private func awaitReader() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&entry, 1, -1)
    }
}
