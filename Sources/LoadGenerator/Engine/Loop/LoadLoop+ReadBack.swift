internal import DequeModule
internal import NIOCore

// Reads back every written key, after every request in flight has an outcome.
extension LoadLoop {
    func startReadBack() {
        refreshClock()
        phase = .readingBack
        lastSuccess = now
        seconds = SecondClock(origin: now)
        for connection in connections {
            connection.limit = connection.inFlight.capacity
            connection.pausedUntil = 0
        }
        for connection in connections where connection.canTakeRequest { connection.refill() }
        workMayBeDone()
    }

    var readBackIsDone: Bool {
        connections.allSatisfy { connection in
            guard connection.inFlight.count == 0, connection.readBack.retries.isEmpty else { return false }
            return connection.readBack.next >= (connection.ledger?.keyCount ?? 0)
        }
    }

    /// Sends postponed reads again, and gives up if no read succeeds for too long.
    func checkReadBack() {
        if setup.control.isInterrupted { return abandonReadBack("the run was interrupted") }
        if now - min(lastSuccess, now) > EngineLimits.retryWindow {
            let reason = lastFailure.map { ", last: \($0.text)" } ?? ""
            return abandonReadBack("no read succeeded for 30 seconds\(reason)")
        }
        for connection in connections where connection.canTakeRequest { connection.refill() }
    }

    func issueReadBack(on connection: LoadConnection) -> Bool {
        guard now >= connection.pausedUntil, !setup.control.isInterrupted else { return false }
        if connection.inFlight.count < connection.limit / 2, let retry = connection.readBack.retries.popFirst() {
            read(connection, retry.index, deadline: retry.deadline)
            return true
        }
        guard let ledger = connection.ledger else { return false }
        while connection.readBack.next < ledger.keyCount {
            let index = connection.readBack.next
            connection.readBack.next += 1
            if ledger.isChecked(index) {
                read(connection, index, deadline: 0)
                return true
            }
        }
        guard let retry = connection.readBack.retries.popFirst() else { return false }
        read(connection, retry.index, deadline: retry.deadline)
        return true
    }

    private func read(_ connection: LoadConnection, _ index: Int, deadline: UInt64) {
        writer.writeGet(key(index, of: connection), .verification, endpoint: connection.endpoint, to: &output)
        connection.inFlight.append(
            InFlight(
                kind: .get, purpose: .readBack, step: .only, key: UInt64(index), itemCount: 1, intended: deadline,
                began: now, sent: now, revision: 0))
    }

    func settleReadBack(_ connection: LoadConnection, _ entry: InFlight, _ verdict: Verdict, _ body: [UInt8]) {
        let index = Int(entry.key)
        guard let ledger = connection.ledger else { return }
        switch verdict {
        case .failed(let reason, _):
            lastFailure = reason
            tally.failed += 1
            if retryIfInTime(connection, entry, window: EngineLimits.retryWindow) { return }
            readBackTally.unreadable += 1
            note("\(name(index, connection)) could not be read: \(reason.text)")
        case .succeeded(_, let missed):
            lastSuccess = now
            tally.recordSuccess(latency: now - min(entry.sent, now))
            let finding = judge(ledger, index, connection, value: missed ? nil : reader.value(body))
            if finding != .right, reader.target == .raftSample,
                retryIfInTime(connection, entry, window: EngineLimits.staleReadWindow)
            {
                return
            }
            count(finding, index, connection)
        }
        readBackTally.checked += 1
    }

    /// Postpones the key if its time has not run out.
    private func retryIfInTime(_ connection: LoadConnection, _ entry: InFlight, window: UInt64) -> Bool {
        let deadline = entry.intended == 0 ? now + window : entry.intended
        guard now < deadline else { return false }
        connection.readBack.retries.append((Int(entry.key), deadline))
        connection.pausedUntil = now + EngineLimits.retryDelay
        return true
    }

    private func judge(
        _ ledger: WriteLedger, _ index: Int, _ connection: LoadConnection, value: [UInt8]?
    ) -> WriteLedger.Finding {
        guard let value else { return ledger.judgeAbsence(index) }
        let key = self.key(index, of: connection)
        return value.withUnsafeBytes { bytes in
            guard let mark = ValueMark(bytes) else { return .foreign(.unmarked) }
            if mark.run != setup.runID { return .foreign(.otherRun) }
            if mark.key != key { return .foreign(.otherKey(mark.key)) }
            guard isWhole(bytes, mark) else { return .foreign(.damaged) }
            return ledger.judge(index, sequence: mark.sequence)
        }
    }

    /// Whether every byte after the mark is the byte that was sent. A batch sends other bytes than a put.
    private func isWhole(_ value: UnsafeRawBufferPointer, _ mark: ValueMark) -> Bool {
        guard value.count == Int(mark.valueBytes), value.count <= setup.plan.valueSize.largest else { return false }
        let rest = UnsafeRawBufferPointer(rebasing: value[ValueMark.byteCount...])
        return [false, true].contains { isPrintable in
            setup.pool.withValue(place: mark.place, count: rest.count, printable: isPrintable) {
                $0.elementsEqual(rest)
            }
        }
    }

    // MARK: Findings

    private func count(_ finding: WriteLedger.Finding, _ index: Int, _ connection: LoadConnection) {
        let name = self.name(index, connection)
        switch finding {
        case .right:
            break
        case .inconclusive:
            readBackTally.inconclusive += 1
            note("\(name) cannot be judged: too many writes had an unknown outcome to remember them all")
        case .lost(let loss):
            readBackTally.lost += 1
            switch loss {
            case .absent: note("\(name) is absent although a write of it was acknowledged")
            case .older(let sequence):
                note("\(name) has the value of its write \(sequence), an older one than acknowledged")
            case .deletedOnly(let sequence):
                note("\(name) has the value of its write \(sequence) although it was deleted")
            }
        case .foreign(let intrusion):
            readBackTally.foreign += 1
            switch intrusion {
            case .unmarked: note("\(name) has a value that this run did not write")
            case .otherRun: note("\(name) has a value of another run")
            case .otherKey(let other): note("\(name) has the value of key number \(other)")
            case .damaged: note("\(name) has a damaged value")
            case .notAcknowledged(let sequence):
                note("\(name) has the value of its write \(sequence), which was refused")
            }
        }
    }

    private func name(_ index: Int, _ connection: LoadConnection) -> String {
        let digits = String(key(index, of: connection))
        let zeros = String(repeating: "0", count: max(0, EngineLimits.keyDigits - digits.utf8.count))
        return "key \(setup.plan.keyPrefix)\(zeros)\(digits)"
    }

    private func note(_ sentence: String) {
        if readBackTally.examples.count < EngineLimits.examplesMax { readBackTally.examples.append(sentence) }
    }

    /// Counts all remaining keys as unreadable.
    private func abandonReadBack(_ reason: String) {
        var left: UInt64 = 0
        for connection in connections {
            guard let ledger = connection.ledger else { continue }
            let next = min(connection.readBack.next, ledger.keyCount)
            left += UInt64((next..<ledger.keyCount).count { ledger.isChecked($0) })
            left += UInt64(connection.readBack.retries.count + connection.inFlight.count)
        }
        readBackTally.checked += left
        readBackTally.unreadable += left
        if left > 0 { note("\(left) keys were not read back: \(reason)") }
        finishReadBack()
    }

    func finishReadBack() { finish(.readBack(readBackTally)) }
}
