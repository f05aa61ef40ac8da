package import RaftCore
internal import NIOConcurrencyHelpers

/// The one way into the replica from other threads. Handover is by whole batches; the owner is woken only when it has
/// no turn scheduled already.
package final class Mailbox: @unchecked Sendable {
    // Checked by hand: `contents` and `isTurnDue` are only touched under `lock`; `wake` never changes after init.
    private let lock = NIOLock()
    private var contents = MailboxContents()
    private var isTurnDue = false
    private let wake: @Sendable () -> Void

    /// `wake` makes the owner run a turn soon; called from any thread, outside the lock.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    package func post(_ burst: Burst) {
        post { $0.bursts.append(burst) }
    }

    package func post(flushed sequence: UInt64, notice: FlushNotice) {
        post { $0.flushed = (sequence, notice) }
    }

    /// Leaves the applied index for the next turn, and wakes nobody: most turns have no use for the news. Whoever waits
    /// for it says so (`AppliedInterest`).
    package func post(applied: LogIndex) {
        post(wakes: false) { $0.applied = applied }
    }

    package func post(_ read: LogRead) {
        post { $0.logReads.append(read) }
    }

    package func post(_ news: SnapshotNews) {
        post { $0.snapshotNews.append(news) }
    }

    package func post(forwardCompletions: [Completion]) {
        post { $0.forwardCompletions.append(contentsOf: forwardCompletions) }
    }

    package func post(_ report: ComparisonReport) {
        post { $0.comparisonReports.append(report) }
    }

    package func post(verdicts: [Verdict]) {
        post { $0.verdicts = verdicts }
    }

    /// Asks for a turn without leaving anything.
    package func requestTurn() {
        post { _ in }
    }

    /// Moves everything into `target`, which must be empty, and takes over its storage for the next round. Owner only.
    package func drain(into target: inout MailboxContents) {
        lock.withLock {
            swap(&contents, &target)
            isTurnDue = false
        }
    }

    private func post(wakes: Bool = true, _ change: (inout MailboxContents) -> Void) {
        let mustWake = lock.withLock {
            change(&contents)
            guard wakes, !isTurnDue else { return false }
            isTurnDue = true
            return true
        }
        if mustWake { wake() }
    }
}
