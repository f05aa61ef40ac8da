internal import Glibc
internal import LoadGenerator
internal import Synchronization

/// The line on standard error that is rewritten once per second. Called from the generator's threads and the main one.
final class ProgressDisplay: Sendable {
    private let style: TextStyle
    private let isEnabled: Bool
    private let isClosed = Mutex(false)

    init(isEnabled: Bool, style: TextStyle) {
        self.isEnabled = isEnabled
        self.style = style
    }

    func show(_ progress: LoadProgress) {
        guard isEnabled else { return }
        let line =
            ProgressLine.erase
            + ProgressLine.text(progress, width: Console.width(of: STDERR_FILENO) ?? 80, style: style)
        isClosed.withLock { isClosed in
            // A late report would stand below the summary.
            if !isClosed { _ = ReportFile.writeAll(line, to: STDERR_FILENO) }
        }
    }

    /// Erases the line; nothing is shown after it.
    func close() {
        guard isEnabled else { return }
        isClosed.withLock { isClosed in
            if !isClosed { _ = ReportFile.writeAll(ProgressLine.erase, to: STDERR_FILENO) }
            isClosed = true
        }
    }
}
