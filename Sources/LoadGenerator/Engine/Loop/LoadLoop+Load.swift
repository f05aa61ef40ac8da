internal import DequeModule
internal import NIOCore

// The load itself: which request is sent when, and how its answer counts.
extension LoadLoop {
    /// When a load begins, is measured, and ends. Monotonic nanoseconds.
    struct Times: Sendable {
        var warmUpStart: UInt64
        var measureStart: UInt64
        /// Nil if the plan counts requests.
        var measureEnd: UInt64?
    }

    func load(_ times: Times) {
        refreshClock()
        phase = .loading
        measureStart = times.measureStart
        measureEnd = times.measureEnd ?? .max
        lastAnswer = measureStart
        lastSuccess = now
        gaps = SuccessGaps(start: measureStart)
        stalls = StallWatch(start: max(now, measureStart), cpu: MonotonicClock.threadCPU())
        quota = .max
        if case .afterRequests(let count) = setup.plan.ending {
            quota = count * (number + 1) / setup.loopCount - count * number / setup.loopCount
        }
        let lastSecond = times.measureEnd.map { Int(($0 - measureStart + 999_999_999) / 1_000_000_000) - 1 }
        seconds = SecondClock(origin: measureStart, last: lastSecond ?? .max, now: now)
        if now >= measureStart { cpu.start(now) }
        schedule = setup.plan.rate.map {
            Schedule(
                rate: $0, loop: number, loopCount: setup.loopCount, origin: times.warmUpStart, endTime: measureEnd)
        }
        freePlaces = 0
        for connection in connections {
            connection.limit = setup.plan.pipeline
            connection.isCounted = connection.state == .open && !connection.isMoving
            if connection.isCounted { freePlaces += setup.plan.pipeline }
        }
        // The next sweep may come later than the first start.
        pendingStart = times.warmUpStart
        beginLoadIfDue()
        scheduleWakeUp()
    }

    /// From here on requests are sent.
    func beginLoadIfDue() {
        guard let pendingStart, now >= pendingStart else { return }
        self.pendingStart = nil
        for connection in connections where connection.canTakeRequest { serve(connection) }
        checkLoadEnd()
    }

    // MARK: Sending

    /// Starts of the schedule just before the end may still be sent within one step.
    private var sendingBound: UInt64 {
        schedule == nil || measureEnd == .max ? measureEnd : measureEnd + EngineLimits.lateSendMin
    }

    /// A connection has free places.
    func serve(_ connection: LoadConnection) {
        if schedule == nil { connection.refill() } else { listIfFree(connection) }
    }

    func listIfFree(_ connection: LoadConnection) {
        guard schedule != nil, phase == .loading, !connection.isListed, connection.canTakeRequest else { return }
        connection.isListed = true
        freeConnections.append(connection)
    }

    /// Sends the starts of the schedule that are due, each on the connection that has waited longest for one.
    func sendDue() {
        guard var isDue = schedule?.isDue(now) else { return }
        while isDue, let connection = freeConnections.popFirst() {
            connection.isListed = false
            guard connection.canTakeRequest, phase == .loading else { continue }
            guard issueLoad(on: connection) else { break }
            connection.flush()
            listIfFree(connection)
            isDue = schedule?.isDue(now) ?? false
        }
        if isDue, freePlaces == 0 { schedule?.noteFull(now) }
    }

    func issueLoad(on connection: LoadConnection) -> Bool {
        guard pendingStart == nil, now < sendingBound, !setup.control.isInterrupted else { return false }
        var intended = now
        if now >= measureStart { schedule?.skip(to: measureStart) }
        if let schedule {
            guard schedule.isDue(now) else { return false }
            intended = schedule.nextStart
        }
        let isMeasured = intended >= measureStart
        if isMeasured {
            guard quota > 0 else {
                endSending()
                return false
            }
            quota -= 1
        }
        _ = schedule?.take(now, counts: isMeasured)
        freePlaces -= 1
        begin(on: connection, purpose: isMeasured ? .load : .warmUp, intended: intended)
        if quota == 0 { endSending() }
        return true
    }

    /// Draws the next operation and writes its first request to the output.
    private func begin(on connection: LoadConnection, purpose: InFlight.Purpose, intended: UInt64) {
        let kind = source.nextKind()
        let written = output.readableBytes
        var entry = InFlight(
            kind: kind, purpose: purpose, step: .only, key: 0, itemCount: 1, intended: intended, began: now, sent: now,
            revision: 0)
        switch kind {
        case .get:
            entry.key = source.nextKey()
            writer.writeGet(entry.key, .load, endpoint: connection.endpoint, to: &output)
        case .put:
            entry.key = nextWrittenKey(connection)
            let value = nextValue(connection, entry.key)
            writer.writePut(entry.key, value, ifRevision: nil, endpoint: connection.endpoint, to: &output)
        case .insert:
            entry.key = nextInsertedKey(connection)
            let value = nextValue(connection, entry.key)
            writer.writePut(entry.key, value, ifRevision: nil, endpoint: connection.endpoint, to: &output)
        case .delete:
            entry.key = nextWrittenKey(connection)
            _ = issueWrite(connection, entry.key)
            writer.writeDelete(entry.key, endpoint: connection.endpoint, to: &output)
        case .compareAndSet, .readModifyWrite:
            entry.key = nextWrittenKey(connection)
            // The key belongs to this operation from here on; the number of the write is assigned now and used at the
            // second step.
            entry.writeSequence = issueWrite(connection, entry.key)
            entry.step = .reading
            writer.writeGet(entry.key, .load, endpoint: connection.endpoint, to: &output)
        case .batch:
            entry.itemCount = UInt32(setup.plan.batchSize)
            beginBatch(on: connection)
        }
        if purpose == .load { measurements.bytesSent += UInt64(output.readableBytes - written) }
        let place = connection.inFlight.append(entry)
        if kind == .batch, connection.ledger != nil { connection.inFlight.setBatchKeys(batch.map(\.key), at: place) }
    }

    private func beginBatch(on connection: LoadConnection) {
        batch.removeAll(keepingCapacity: true)
        for _ in 0..<setup.plan.batchSize {
            var key = nextWrittenKey(connection)
            // etcd refuses a transaction that puts a key twice. In a verified run no key is drawn twice in any case.
            if setup.plan.target == .etcd, connection.ledger == nil {
                while batch.contains(where: { $0.key == key }) { key = (key + 1) % UInt64(setup.plan.keyCount) }
            }
            batch.append(BatchItem(key: key, value: nextValue(connection, key)))
        }
        writer.writeBatch(batch, endpoint: connection.endpoint, to: &output)
    }

    /// Called with the answer to the first step of a compare-and-set or read-modify-write: sends the second step.
    func continueAfterRead(_ connection: LoadConnection, _ entry: InFlight, _ response: borrowing ResponseParser) {
        var next = entry
        next.step = .writing
        next.sent = now
        var condition: UInt64?
        if entry.kind == .compareAndSet {
            guard let revision = reader.revision(response) else {
                let failure = Verdict.failed(.badAnswer("no revision"), mayHaveApplied: false)
                return settleLoad(connection, entry, [], failure)
            }
            next.revision = revision
            condition = revision
        }
        let value = makeValue(entry.key, sequence: entry.writeSequence, marked: connection.ledger != nil)
        let written = output.readableBytes
        writer.writePut(entry.key, value, ifRevision: condition, endpoint: connection.endpoint, to: &output)
        if entry.purpose == .load { measurements.bytesSent += UInt64(output.readableBytes - written) }
        connection.inFlight.append(next)
    }

    // MARK: Keys and values

    /// Any key; in a verified run a key that the connection owns and that has no write in flight.
    private func nextWrittenKey(_ connection: LoadConnection) -> UInt64 {
        let drawn = source.nextKey()
        guard let ledger = connection.ledger else { return drawn }
        let ownedCount = setup.ownedKeyCount(connection: connection.index)
        var index = Int(drawn) / setup.plan.connections % ownedCount
        // The plan has more keys per connection than writes that can be in flight on it.
        while ledger.isOpen(index) { index = index + 1 == ownedCount ? 0 : index + 1 }
        return key(index, of: connection)
    }

    func key(_ index: Int, of connection: LoadConnection) -> UInt64 {
        UInt64(index * setup.plan.connections + connection.index)
    }

    private func nextInsertedKey(_ connection: LoadConnection) -> UInt64 {
        let number = setup.keys.nextInserted()
        guard connection.ledger != nil else { return UInt64(setup.plan.keyCount) + number }
        let index = setup.ownedKeyCount(connection: connection.index) + Int(connection.insertedCount)
        connection.insertedCount += 1
        return key(index, of: connection)
    }

    /// In a verified run, begins a write of the key and returns its sequence number; otherwise 0.
    func issueWrite(_ connection: LoadConnection, _ key: UInt64) -> UInt32 {
        connection.ledger?.issue(Int(key) / setup.plan.connections) ?? 0
    }

    func nextValue(_ connection: LoadConnection, _ key: UInt64) -> ValuePiece {
        makeValue(key, sequence: issueWrite(connection, key), marked: connection.ledger != nil)
    }

    private func makeValue(_ key: UInt64, sequence: UInt32, marked: Bool) -> ValuePiece {
        let byteCount = source.nextValueSize()
        guard marked else {
            let place = Int(source.random.next() & UInt64(ValuePool.placeCount - 1))
            return ValuePiece(place: place, byteCount: byteCount, mark: nil)
        }
        let mark = ValueMark(run: setup.runID, key: key, sequence: sequence, valueBytes: UInt32(byteCount))
        return ValuePiece(place: mark.place, byteCount: byteCount, mark: mark)
    }

    // MARK: Answers

    func settleLoad(
        _ connection: LoadConnection, _ entry: InFlight, _ batchKeys: [UInt64], _ verdict: Verdict
    ) {
        if connection.isCounted {
            // Until now every start that was due had to wait.
            if freePlaces == 0 { schedule?.noteFull(now) }
            freePlaces += 1
        }
        if connection.ledger != nil { settleWrites(connection, entry, batchKeys, verdict) }
        if case .failed(.status, _) = verdict { lastAnswer = max(lastAnswer, now) }
        if let reason = refusals.note(entry.kind, verdict) { giveUp(entry.kind, reason) }
        guard entry.purpose == .load || now < measureStart else { return noteSuccess(verdict) }
        let latency = now - min(entry.intended, now)
        switch verdict {
        case .succeeded(let items, let missed):
            tally.recordSuccess(latency: latency)
            noteSuccess(verdict)
            guard entry.purpose == .load else { return }
            measurements.recordSuccess(
                entry.kind, latency: latency, service: now - min(entry.began, now), items: items, missed: missed,
                endpoint: connection.endpoint)
        case .failed(let reason, _):
            tally.failed += 1
            guard entry.purpose == .load else { return }
            measurements.recordFailure(entry.kind, latency: latency, endpoint: connection.endpoint)
            measurements.count(reason, service: now - min(entry.began, now))
        }
    }

    /// Ends the run on every loop: what it would measure are refusals.
    private func giveUp(_ kind: OperationKind, _ reason: FailureReason) {
        let advice =
            switch reason {
            case .status(413, _): "the values or batches are above the limit of the server"
            case .status(401, _), .status(403, _): "the server asks who sends them"
            default: "is this a server for --target \(setup.plan.target.rawValue)?"
            }
        setup.control.giveUp(LoadError("every \(kind.rawValue) is refused: \(reason.text); \(advice)"))
    }

    private func noteSuccess(_ verdict: Verdict) {
        guard case .succeeded = verdict else { return }
        lastSuccess = now
        lastAnswer = max(lastAnswer, now)
        if now >= measureStart { gaps.note(now) }
    }

    /// Notes the outcome of the request's writes in the ledger.
    private func settleWrites(
        _ connection: LoadConnection, _ entry: InFlight, _ batchKeys: [UInt64], _ verdict: Verdict
    ) {
        guard entry.kind != .get else { return }
        let outcome: WriteLedger.Outcome =
            switch verdict {
            // Only a put is sent with a condition; a delete of an absent key has the wanted effect.
            case .succeeded(_, let missed): missed && entry.kind == .compareAndSet ? .refused : .acknowledged
            case .failed(_, let mayHaveApplied): mayHaveApplied && entry.step != .reading ? .unknown : .refused
            }
        let keys = entry.kind == .batch ? batchKeys : [entry.key]
        for key in keys {
            let index = Int(key) / setup.plan.connections
            connection.ledger?.resolve(index, isDelete: entry.kind == .delete, outcome)
        }
    }

    // MARK: Ending

    func checkLoadEnd() {
        guard phase == .loading else { return }
        if now >= sendingBound || setup.control.isInterrupted {
            endSending()
        } else if measureEnd == .max, now - min(lastSuccess, now) > EngineLimits.stallMax {
            isStalled = true
            endSending()
        }
    }

    /// Stops sending; answers to the requests in flight are still awaited.
    private func endSending() {
        guard phase == .loading else { return }
        if freePlaces == 0 { schedule?.noteFull(now) }
        phase = .draining
        sendingEnd = min(now, measureEnd)
        leavesAnswersOpen = inFlightCount > 0
        cpu.stop(now)
        drainDeadline = setup.control.isInterrupted ? now + EngineLimits.interruptedDrain : .max
    }

    /// An interruption does not wait for the timeout of every request.
    func checkDrainDeadline() {
        if setup.control.isInterrupted, drainDeadline == .max { drainDeadline = now + EngineLimits.interruptedDrain }
        if now >= drainDeadline { finishLoad() }
    }

    func finishLoad() {
        noteStall()
        var unsent: (all: UInt64, queued: UInt64) = (0, 0)
        if case .after = setup.plan.ending, let schedule, sendingEnd > measureStart {
            unsent = schedule.unsent(sendingEnd)
        }
        // An outage lasts as long as answers are awaited, even after the last request was sent.
        if now >= measureStart { gaps.note(leavesAnswersOpen ? now : sendingEnd) }
        let result = LoopResult(
            measurements: measurements, gaps: gaps, sendingEnd: sendingEnd, lastAnswer: lastAnswer, cpuShare: cpu.share,
            lateSends: schedule?.lateCount ?? 0, lateSendMax: schedule?.lateMax ?? 0,
            queuedSends: schedule?.queuedCount ?? 0, unsent: unsent.all, unsentQueued: unsent.queued,
            stalled: stalls.total, longestStall: stalls.longest, isStalled: isStalled)
        finish(.loaded(result))
    }
}
