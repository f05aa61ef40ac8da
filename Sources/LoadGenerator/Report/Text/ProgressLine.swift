/// The line that a run rewrites once per second.
package enum ProgressLine {
    /// Cut to the width, because a wrapped line cannot be rewritten.
    package static func text(_ progress: LoadProgress, width: Int, style: TextStyle) -> String {
        var parts = [
            "\(name(progress.phase)) \(Decimals.fixed(progress.elapsedSeconds, 0))s",
            "\(Decimals.short(Double(progress.interval.succeeded)))/s",
        ]
        if progress.interval.succeeded > 0, progress.interval.max > 0 {
            let p50 = Decimals.milliseconds(nanoseconds: progress.interval.p50)
            let p99 = Decimals.milliseconds(nanoseconds: progress.interval.p99)
            parts.append("p50 \(p50) p99 \(p99) ms")
        }
        parts.append("errors \(Decimals.count(progress.failed))")
        parts.append("in flight \(progress.inFlight)")
        let line = String(parts.joined(separator: "  ").prefix(max(0, width - 1)))
        return progress.failed > 0 ? style.emphasized(line, .red) : line
    }

    /// Moves to the start of the line and erases it; precedes and follows a progress line.
    package static let erase = "\r\u{1B}[K"

    private static func name(_ phase: LoadProgress.Phase) -> String {
        switch phase {
        case .filling: "filling"
        case .warmingUp: "warming up"
        case .measuring: "measuring"
        case .draining: "waiting for the last answers"
        case .verifying: "verifying"
        }
    }
}
