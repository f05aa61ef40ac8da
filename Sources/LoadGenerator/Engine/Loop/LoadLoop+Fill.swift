internal import NIOCore

// Writes every key once, before anything is measured.
extension LoadLoop {
    func startFilling() {
        refreshClock()
        phase = .filling
        lastSuccess = now
        lastFailure = nil
        seconds = SecondClock(origin: now)
        for connection in connections {
            connection.limit = connection.inFlight.capacity
            connection.fill = FillCursor(next: 0, end: setup.ownedKeyCount(connection: connection.index))
        }
        for connection in connections where connection.canTakeRequest { connection.refill() }
        workMayBeDone()
    }

    var fillingIsDone: Bool { connections.allSatisfy { $0.fill.isDone && $0.inFlight.count == 0 } }

    /// Sends postponed keys again, and gives up if nothing succeeds for too long.
    func checkFilling() {
        if setup.control.isInterrupted { return finish(.filled) }
        guard now - min(lastSuccess, now) <= EngineLimits.retryWindow else {
            let reason = lastFailure.map { ", last: \($0.text)" } ?? ""
            return finish(
                .failed(
                    LoadError(
                        "the keys could not be filled: no write succeeded for 30 seconds\(reason)", .unavailable)))
        }
        for connection in connections where connection.canTakeRequest { connection.refill() }
    }

    func issueFill(on connection: LoadConnection) -> Bool {
        guard now >= connection.pausedUntil, !setup.control.isInterrupted else { return false }
        guard let piece = connection.fill.take(fillsByBatch ? fillBatchItems : 1) else { return false }
        batch.removeAll(keepingCapacity: true)
        for index in piece {
            let key = self.key(index, of: connection)
            batch.append(BatchItem(key: key, value: nextValue(connection, key)))
        }
        if piece.count == 1 {
            let item = batch[0]
            writer.writePut(item.key, item.value, ifRevision: nil, endpoint: connection.endpoint, to: &output)
        } else {
            writer.writeBatch(batch, endpoint: connection.endpoint, to: &output)
        }
        let kind: OperationKind = piece.count == 1 ? .put : .batch
        connection.inFlight.append(
            InFlight(
                kind: kind, purpose: .fill, step: .only, key: UInt64(piece.lowerBound), itemCount: UInt32(piece.count),
                intended: now, began: now, sent: now, revision: 0))
        return true
    }

    func settleFill(_ connection: LoadConnection, _ entry: InFlight, _ verdict: Verdict) {
        let piece = Int(entry.key)..<(Int(entry.key) + Int(entry.itemCount))
        if connection.ledger != nil {
            let outcome: WriteLedger.Outcome =
                switch verdict {
                case .succeeded: .acknowledged
                case .failed(_, let mayHaveApplied): mayHaveApplied ? .unknown : .refused
                }
            for index in piece { connection.ledger?.resolve(index, isDelete: false, outcome) }
        }
        switch verdict {
        case .succeeded:
            lastSuccess = now
            tally.recordSuccess(latency: now - min(entry.sent, now), count: UInt64(piece.count))
        case .failed(let reason, _):
            tally.failed += 1
            lastFailure = reason
            connection.fill.retries.append(piece)
            connection.pausedUntil = now + EngineLimits.retryDelay
            guard reason.isFinal else { return }
            refuse(reason, isBatch: piece.count > 1)
        }
    }

    /// A server without batches, or with a smaller limit for them, gets single puts; a permanent refusal of those ends
    /// the run.
    private func refuse(_ reason: FailureReason, isBatch: Bool) {
        if isBatch, case .status = reason {
            fillsByBatch = false
        } else if phase == .filling {
            finish(.failed(LoadError("the keys could not be filled: the server answers \(reason.text)")))
        }
    }
}
