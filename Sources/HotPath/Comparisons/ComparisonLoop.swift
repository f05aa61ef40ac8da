internal import Glibc
package import RaftCore
internal import Synchronization

/// The thread that makes digests for comparisons. It runs at a low priority: nothing waits for it but other nodes'
/// digests of the same range.
package final class ComparisonLoop: StateComparer {
    private enum Job: Sendable {
        case digest(any StateCapture, at: LogID, inBackground: Bool)
        case findEnd(of: [UInt8], bytes: Int)
    }

    private let state: any ComparableState
    private let mailbox: Mailbox
    private let queue: BatchQueue<Job>
    private let thread: DedicatedThread
    /// A digest is being made, or about to be.
    private let isBusy: Flag
    private let isStopping: Flag

    package init(of state: any ComparableState, mailbox: Mailbox) {
        let queue = BatchQueue<Job>()
        let isBusy = Flag()
        let isStopping = Flag()
        self.state = state
        self.mailbox = mailbox
        self.queue = queue
        self.isBusy = isBusy
        self.isStopping = isStopping
        thread = DedicatedThread(name: "skiff-compare") {
            // On Linux a thread has a priority of its own. Where it cannot be lowered, it stays as it is.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            var jobs: [Job] = []
            while queue.take(into: &jobs) {
                while !jobs.isEmpty {
                    // Taken out, so that what it has captured is free when it is done.
                    Self.carryOut(jobs.removeFirst(), state, mailbox, isBusy, isStopping)
                }
            }
        }
    }

    private static let niceness: Int32 = 10
    /// Of the time, for comparisons that nobody waits for: all members make a digest of the same range at the same
    /// time, and where they share a machine, it would be a second in ten in which users notice that.
    private static let backgroundShare = 0.05

    package func compare(_ range: KeyRange, at id: LogID) {
        guard !isBusy.value else { return mailbox.post(.digest(nil, at: id)) }
        do throws(StoreFailure) {
            let capture = try state.capture(range)
            isBusy.set(true)
            queue.append(.digest(capture, at: id, inBackground: range != .all))
        } catch {
            // The store has failed, or is about to start over: the apply thread hears of that itself.
            mailbox.post(.digest(nil, at: id))
        }
    }

    package func findEnd(of start: [UInt8], bytes: Int) { queue.append(.findEnd(of: start, bytes: bytes)) }

    private static func carryOut(
        _ job: consuming Job, _ state: any ComparableState, _ mailbox: Mailbox, _ isBusy: Flag, _ isStopping: Flag
    ) {
        switch consume job {
        case .digest(let capture, let id, let inBackground):
            var digest: StateDigest?
            var pauses = WorkPauses(share: inBackground ? backgroundShare : 1)
            do throws(StoreFailure) {
                digest = try capture.digest {
                    pauses.pause()
                    return !isStopping.value
                }
            } catch {
                mailbox.post(.unreadable(error))
            }
            isBusy.set(false)
            mailbox.post(.digest(digest, at: id))
        case .findEnd(let start, let bytes):
            var range: KeyRange?
            var pauses = WorkPauses(share: backgroundShare)
            do throws(StoreFailure) {
                let end = try state.endOfRange(from: start, bytes: bytes) {
                    pauses.pause()
                    return !isStopping.value
                }
                range = KeyRange(start: start, end: end)
            } catch {
                mailbox.post(.unreadable(error))
            }
            mailbox.post(.range(range))
        }
    }

    /// Breaks off what is being made and ends the thread. Nothing may be asked for afterwards.
    package func shutdown() {
        isStopping.set(true)
        queue.close()
        thread.join()
    }
}

/// A flag that two threads share.
private final class Flag: Sendable {
    private let atomic = Atomic<Bool>(false)

    var value: Bool { atomic.load(ordering: .acquiring) }

    func set(_ value: Bool) { atomic.store(value, ordering: .releasing) }
}
