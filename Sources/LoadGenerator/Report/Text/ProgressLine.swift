/// The line that a run rewrites once per second.
package enum ProgressLine {
    /// Cut to the width, because a wrapped line cannot be rewritten.
    package static func text(_ progress: LoadProgress, width: Int, style: TextStyle) -> String {
        var parts = [
            "\(name(progress.phase)) \(elapsed(progress))",
            "\(Decimals.short(Double(progress.interval.succeeded)))/s",
        ]
        if progress.interval.succeeded > 0, progress.interval.max > 0 {
            let p50 = Decimals.milliseconds(nanoseconds: progress.interval.p50)
            // Of fewer than a hundred requests the slowest is no percentile.
            let isKnown = progress.interval.succeeded >= 100
            let p99 = isKnown ? Decimals.milliseconds(nanoseconds: progress.interval.p99) : "-"
            parts.append("p50 \(p50) p99 \(p99) ms")
        }
        parts.append("errors \(Decimals.count(progress.errors))")
        parts.append("in flight \(progress.inFlight)")
        let line = String(parts.joined(separator: "  ").prefix(max(0, width - 1)))
        return progress.errors > 0 ? style.emphasized(line, .red) : line
    }

    /// `4 of 20s`, or `4s  1,200 of 10,000`.
    private static func elapsed(_ progress: LoadProgress) -> String {
        let seconds = Decimals.fixed(progress.elapsedSeconds, 0)
        switch progress.extent {
        case .seconds(let total): return "\(seconds) of \(Decimals.plain(total))s"
        case .count(let done, let total): return "\(seconds)s  \(Decimals.count(done)) of \(Decimals.count(total))"
        case nil: return "\(seconds)s"
        }
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
