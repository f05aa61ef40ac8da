internal import Histogram

/// The summary of a run for a terminal: as wide as the terminal, but at most 100 columns.
package struct TextReport {
    let summary: Summary
    let outcomes: [ConditionOutcome]
    let style: TextStyle
    let width: Int

    /// `width` is that of the terminal; nil if the text goes elsewhere.
    package init(_ summary: Summary, outcomes: [ConditionOutcome], style: TextStyle, width: Int? = nil) {
        self.summary = summary
        self.outcomes = outcomes
        self.style = style
        self.width = min(max(width ?? Self.widthMax, Self.widthMin), Self.widthMax)
    }

    private static let widthMax = 100
    /// In a narrower terminal lines are broken by the terminal itself.
    private static let widthMin = 40

    /// The whole report, each line with its line break.
    package func text() -> String {
        var sections = [configuration()]
        if summary.result.wasInterrupted { sections.append([interruption()]) }
        sections.append(operationTable(summary.isOpenLoop ? "latency ms" : "ms", \.latency))
        if summary.isOpenLoop { sections.append(operationTable("service ms", \.service)) }
        sections.append(percentileTable())
        sections.append(histogram())
        sections.append(endpointTable())
        sections.append(failures())
        sections.append(particulars())
        sections.append(verdict())
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    // MARK: Head

    private func configuration() -> [String] {
        PlanText.lines(summary.result.plan, style).flatMap { labelled($0.heading, $0.text) }
    }

    private func interruption() -> String {
        let seconds = Decimals.fixed(summary.result.elapsedSeconds, 1)
        return style.emphasized("interrupted after \(seconds) s; figures so far", .bold)
    }

    // MARK: Tail

    private func failures() -> [String] {
        let failures = summary.result.failures
        let total = Double(summary.errors)
        return failures.prefix(12).enumerated().flatMap { index, failure in
            let count = rightAligned(Decimals.count(failure.count), 9)
            let share = Decimals.percent(Double(failure.count) / total)
            let line = "\(count)  \(failure.reason) (\(share) of the errors)\(Self.serviceTimes(failure))"
            return labelled(index == 0 ? "failures" : "", line)
        }
    }

    /// Says whether failures came at once or after a long wait.
    private static func serviceTimes(_ failure: FailureCount) -> String {
        guard let service = failure.service, service.totalCount > 0 else { return "" }
        let longest = Decimals.milliseconds(nanoseconds: service.maxRecorded)
        let tail = service.known(99) == nil ? "max \(longest)" : "p99 \(service.milliseconds(at: 99))"
        return ", after p50 \(service.milliseconds(at: 50)) \(tail) ms"
    }

    private func particulars() -> [String] {
        let result = summary.result
        let seconds = max(result.elapsedSeconds, 1e-9)
        let sent = Decimals.bytes(Double(result.bytesSent))
        let received = Decimals.bytes(Double(result.bytesReceived))
        let sentRate = Decimals.bytes(Double(result.bytesSent) / seconds)
        let receivedRate = Decimals.bytes(Double(result.bytesReceived) / seconds)
        let lines = [
            ("measured", "\(Decimals.fixed(result.elapsedSeconds, 2)) s"),
            ("longest gap", "\(Decimals.milliseconds(result.longestGapSeconds * 1e3)) ms without an answer"),
            ("bytes", "sent \(sent) (\(sentRate)/s), received \(received) (\(receivedRate)/s)"),
            ("generator", generator()),
        ]
        return lines.flatMap { labelled($0.0, $0.1) } + verification() + heldConditions()
    }

    private func generator() -> String {
        let health = summary.result.generator
        let threads = summary.result.plan.threads
        let cpu = "CPU \(Decimals.percent(health.cpuShare)) of \(threads == 1 ? "1 thread" : "\(threads) threads")"
        let stalled =
            health.stalled == 0
            ? ""
            : ", held up \(Decimals.milliseconds(nanoseconds: health.stalled)) ms "
                + "(max \(Decimals.milliseconds(nanoseconds: health.longestStall)) ms)"
        guard summary.isOpenLoop else { return cpu + stalled }
        let late =
            health.lateSends == 0 ? "" : " (max \(Decimals.milliseconds(nanoseconds: health.lateSendMax)) ms)"
        let unsent = health.unsent == 0 ? "" : ", unsent \(Decimals.count(health.unsent))"
        return "late sends \(Decimals.count(health.lateSends))\(late), "
            + "queued \(Decimals.count(health.queuedSends))\(unsent), \(cpu)\(stalled)"
    }

    private func verification() -> [String] {
        if summary.result.lacksVerification { return labelled("verification", Self.nothingVerified, .red) }
        guard let verification = summary.result.verification else { return [] }
        let keys = "\(Decimals.count(verification.keysChecked)) keys read back"
        guard !verification.passed else {
            return labelled("verification", "\(keys), every acknowledged write is there")
        }
        return labelled("verification", "FAILED: \(keys), \(verification.counts)", .red)
            + verification.examples.prefix(10).flatMap { labelled("", $0) }
    }

    private func heldConditions() -> [String] {
        outcomes.filter(\.holds).enumerated().flatMap { index, outcome in
            labelled(index == 0 ? "conditions" : "", outcome.sentence, .green)
        }
    }

    /// The last lines, because these are read first.
    private func verdict() -> [String] {
        let warnings = summary.warnings.flatMap { emphasized("warning: \($0)", .yellow) }
        let invalid = summary.result.invalidReasons.flatMap { emphasized("INVALID RUN: \($0)", .alarm) }
        let rate = summary.rateComplaint.map { emphasized($0, .alarm) } ?? []
        let failed = outcomes.filter { !$0.holds }.flatMap { emphasized("FAILED: \($0.sentence)", .red) }
        return warnings + invalid + rate + failed
    }

    /// Printed for a run whose verification was requested and did not take place.
    static let nothingVerified = "nothing was verified: the run was interrupted"

    // MARK: Columns

    private func emphasized(_ text: String, _ emphasis: TextStyle.Emphasis) -> [String] {
        wrapped(text, width).map { style.emphasized($0, emphasis) }
    }

    /// A bold word and, in a second column, a text of as many lines as necessary.
    private func labelled(_ label: String, _ text: String, _ emphasis: TextStyle.Emphasis? = nil) -> [String] {
        let column = 14
        return wrapped(text, width - column).enumerated().map { index, line in
            let shown = emphasis.map { style.emphasized(line, $0) } ?? line
            guard index == 0, !label.isEmpty else { return String(repeating: " ", count: column) + shown }
            return style.emphasized(label, .bold) + String(repeating: " ", count: column - label.count) + shown
        }
    }

    /// Lines of at most `width` characters, broken at spaces; a longer word is broken anywhere.
    func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var rest = style.plain(text)[...]
        while rest.count > width {
            let line = rest.prefix(width)
            let space = line.lastIndex(of: " ")
            let end = space.map { $0 > line.startIndex ? $0 : line.endIndex } ?? line.endIndex
            lines.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        return lines + [String(rest)]
    }

    func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Aligned to the right.
    func rightAligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
