internal import Glibc
internal import LoadGenerator
internal import UnixSignals

/// Ends a run on SIGINT or SIGTERM: the first one lets it finish with what it has measured, the second ends the program
/// at once. It watches until the program ends, so that a signal while the reports are written is not lost either.
enum InterruptWatch {
    static func start(_ run: LoadRun, _ display: ProgressDisplay) {
        Task.detached {
            var wasInterrupted = false
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                if wasInterrupted {
                    display.close()
                    _exit(BenchExit.interrupted.rawValue)
                }
                wasInterrupted = true
                run.interrupt()
            }
        }
    }
}
