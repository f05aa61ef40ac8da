internal import DequeModule
internal import HotPath
internal import KeyValue
internal import NIOCore

/// The requests of one connection that are not answered yet, in the order in which they came, and what their answers
/// need until they are written:
///
/// ```
///   requests ──append──►  open      [ r7 │ r8 │ r9 ]  ──writeFirst──►  output
///                         repeated  [ k7 │ k8 │ k9 ]
///                         details   { r8: record }
///                              ▲
///   completions ──complete─────┘ in any order
/// ```
///
/// An answer is made only when it is written. Until then a request is one element of `open`, some bytes of `repeated`,
/// and rarely a detail, so a client that does not read its answers stops the making of new ones.
struct AnswerQueue {
    /// Few requests have one.
    fileprivate enum Detail {
        /// The whole answer.
        case prepared(ByteBuffer)
        /// A batch of several chunks, until it is answered.
        case batch(RunningBatch)
        /// As the disk gave it.
        case record(RecordRead.Result)
    }

    private let place: ConnectionPlace
    private var open = Deque<OpenRequest>()
    /// The position of `open`'s first element in the order of this connection's requests. Wraps.
    private var firstSequence: UInt32
    /// The bytes that answers repeat of their requests, in order. Those of `open` come first, then those of the request
    /// that is going to be appended.
    private var repeated = ByteBuffer()
    private var repeatedBytesOfOpen = 0
    private var details: [UInt32: Detail] = [:]
    /// Not later than the first deadline of a request that waits.
    private(set) var nextDeadline = NIODeadline.distantFuture
    /// The connection ends at once: nothing is worth waiting for.
    private var isGivingUp = false

    init(of place: ConnectionPlace, firstSequence: UInt32 = 0) {
        self.place = place
        self.firstSequence = firstSequence
    }

    var isEmpty: Bool { open.isEmpty }
    var count: Int { open.count }
    /// The first request has its answer, or needs only a record for it.
    var isFirstAnswered: Bool { open.first.map { !$0.isWaiting } ?? false }
    /// Memory that answers to come take, without records.
    var repeatedBytes: Int { repeated.readableBytes }

    /// The memory of these bytes, which a test compares with what is needed.
    var repeatedCapacity: Int { repeated.storageCapacity }

    // MARK: Requests that come

    /// Leaves bytes for the answer to the request that is appended next.
    mutating func repeatBytes(_ bytes: UnsafeRawBufferPointer) { repeated.writeBytes(bytes) }

    /// The same; `body` writes the bytes.
    mutating func repeatText(_ body: (inout ByteBuffer) -> Void) { body(&repeated) }

    /// Appends a request, which owns what was repeated since the last one.
    @discardableResult
    mutating func append(
        _ form: OpenRequest.Form, _ answer: OpenRequest.Answer, for head: RequestHead,
        timeoutMilliseconds: UInt64? = nil, _ services: LoopServices
    ) -> RequestTag {
        let deadline = services.deadline(afterMilliseconds: timeoutMilliseconds ?? head.timeoutMilliseconds)
        let request = OpenRequest(
            form: form, options: AnswerOptions(of: head), answer: answer,
            repeatedBytes: repeated.readableBytes - repeatedBytesOfOpen, deadline: deadline)
        if request.isWaiting { nextDeadline = min(nextDeadline, deadline) }
        repeatedBytesOfOpen = repeated.readableBytes
        let tag = tag(at: open.count)
        open.append(request)
        return tag
    }

    /// Appends a request that is answered with an error.
    mutating func append(_ error: APIError, for head: RequestHead, _ services: LoopServices) {
        services.writer.write(error, AnswerOptions(of: head), to: &repeated)
        append(.ready, .complete, for: head, services)
    }

    /// Appends a request whose answer is known.
    mutating func append(
        _ answer: AnswerHead, body: UnsafeRawBufferPointer, for head: RequestHead,
        _ services: LoopServices
    ) {
        services.writer.write(answer, body: body, AnswerOptions(of: head), to: &repeated)
        append(.ready, .complete, for: head, services)
    }

    /// Submits the first chunk of the batch that was read last, for a request that was appended. False if the node is
    /// overloaded.
    mutating func startBatch(_ tag: RequestTag, _ services: LoopServices) -> Bool {
        var batch = RunningBatch(&services.batch, &services.bodies)
        defer { details[ConnectionPlace.sequence(of: tag.request)] = .batch(batch) }
        return batch.submitChunk(tag, services)
    }

    private func tag(at position: Int) -> RequestTag {
        place.tag(ofSequence: firstSequence &+ UInt32(truncatingIfNeeded: position))
    }

    // MARK: Outcomes that arrive

    /// Gives a waiting request its outcome. False if there is nothing to write: it has an answer already, is gone, or
    /// is a batch with chunks to come.
    @discardableResult
    mutating func complete(_ request: UInt64, with outcome: Outcome, _ services: LoopServices) -> Bool {
        guard let position = position(of: request), open[position].isWaiting else { return false }
        var outcome = outcome
        if !details.isEmpty, !continueBatch(request, &outcome, services) { return false }
        open[position].answer = .outcome(outcome)
        return true
    }

    /// The control plane's answer.
    mutating func complete(_ request: UInt64, prepared answer: ByteBuffer) -> Bool {
        guard let position = position(of: request), open[position].isWaiting else { return false }
        open[position].answer = .complete
        details[ConnectionPlace.sequence(of: request)] = .prepared(answer)
        return true
    }

    /// The disk has answered for a request. Returns whether the queue keeps it, and whether it is the first one's.
    mutating func complete(
        _ request: UInt64, record result: RecordRead.Result
    ) -> (isKept: Bool, isFirst: Bool) {
        guard let position = position(of: request), case .reading = open[position].answer else {
            return (isKept: false, isFirst: false)
        }
        if case .tooLate = result {
            open[position].answer = .timedOut
            return (isKept: false, isFirst: position == 0)
        }
        open[position].answer = .read
        details[ConnectionPlace.sequence(of: request)] = .record(result)
        return (isKept: true, isFirst: position == 0)
    }

    /// If the request is a batch with more chunks, submits the next one. True if `outcome`, which may have become
    /// another, is that of the whole request.
    private mutating func continueBatch(
        _ request: UInt64, _ outcome: inout Outcome, _ services: LoopServices
    ) -> Bool {
        let sequence = ConnectionPlace.sequence(of: request)
        guard case .written = outcome, case .batch(var batch) = details[sequence] else { return true }
        // Out of the dictionary, so that its memory is not copied.
        details[sequence] = nil
        defer { details[sequence] = .batch(batch) }
        batch.chunkWasApplied()
        guard batch.hasMoreChunks else { return true }
        if batch.submitChunk(place.tag(of: request), services) { return false }
        outcome = .failed(.overloaded)
        return true
    }

    /// Nil if the request is not one of these.
    private func position(of request: UInt64) -> Int? {
        guard place.owns(request) else { return nil }
        let position = Int(ConnectionPlace.sequence(of: request) &- firstSequence)
        return position < open.count ? position : nil
    }

    // MARK: Time

    /// Answers the requests whose deadline has come; their outcomes, should they arrive, are ignored.
    mutating func expire(now: NIODeadline) {
        var earliest = NIODeadline.distantFuture
        for position in open.indices where open[position].isWaiting {
            if open[position].deadline <= now {
                open[position].answer = .timedOut
            } else {
                earliest = min(earliest, open[position].deadline)
            }
        }
        nextDeadline = earliest
    }

    /// Answers every request that waits, now or later.
    mutating func giveUp() {
        isGivingUp = true
        expire(now: .distantFuture)
    }

    // MARK: Answers that leave

    /// Writes the answer to the first request, which has one, and removes the request. False, with nothing written, if
    /// the record that it shows is not in memory.
    mutating func writeFirst(closing: Bool, _ services: LoopServices, to output: inout ByteBuffer) -> Bool {
        guard let request = open.first else { preconditionFailure("an answer was to be written where none is open") }
        var options = request.options
        if closing { options.insert(.closes) }
        let detail = details.isEmpty ? nil : details.removeValue(forKey: firstSequence)
        let isWritten = repeated.withUnsafeReadableBytes { whole in
            let own = UnsafeRawBufferPointer(rebasing: whole[..<request.repeatedBytes])
            return Self.write(request, repeating: own, detail, options, services, to: &output)
        }
        guard isWritten else { return false }
        switch detail {
        case .batch(let batch): batch.giveBack(&services.bodies)
        case .record: services.records.release(1)
        case .prepared, nil: break
        }
        open.removeFirst()
        firstSequence &+= 1
        removeRepeated(request.repeatedBytes)
        return true
    }

    private static func write(
        _ request: OpenRequest, repeating repeated: UnsafeRawBufferPointer, _ detail: Detail?,
        _ options: AnswerOptions, _ services: LoopServices, to output: inout ByteBuffer
    ) -> Bool {
        let writer = services.writer
        switch (request.answer, request.form) {
        case (.complete, .ready):
            output.writeBytes(repeated)
        case (.complete, .prepared):
            guard case .prepared(let answer) = detail else { preconditionFailure("a prepared answer is missing") }
            output.writeImmutableBuffer(answer)
        case (.timedOut, _):
            let error = APIError.timedOut(isWrite: request.isWrite, services.board.current)
            writer.write(error.ofBatch(detail), options, to: &output)
        case (.outcome(.failed(let failure)), _):
            let error = APIError.failed(failure, isWrite: request.isWrite, services.board.current)
            writer.write(error.ofBatch(detail), options, to: &output)
        case (.outcome(.written(let result)), .write(let route)):
            if case .applied = result.status {
                route.writeAnswer(result, repeating: repeated, options, by: writer, to: &output)
            } else {
                writer.write(
                    .preconditionFailed(
                        currentRevision: result.revision, wantsAbsence: options.contains(.wantsAbsence)),
                    options, to: &output)
            }
        case (.outcome(.readable), .read(let route)):
            return writeFromMemory(route, key: repeated, options, services, to: &output)
        case (.read, .read(let route)):
            guard case .record(let result) = detail else { preconditionFailure("a record that was read is missing") }
            write(result, route, key: repeated, options, writer, to: &output)
        case (.waiting, _), (.reading, _), (.complete, _), (.outcome, _), (.read, _):
            preconditionFailure("a request of form \(request.form) was to be answered in state \(request.answer)")
        }
        return true
    }

    private mutating func removeRepeated(_ bytes: Int) {
        repeatedBytesOfOpen -= bytes
        repeated.moveReaderIndex(forwardBy: bytes)
        if repeated.readableBytes == 0 {
            if repeated.storageCapacity > HTTPLimits.readBytesMax { repeated = ByteBuffer() } else { repeated.clear() }
        } else if repeated.readerIndex > HTTPLimits.readBytesMax, repeated.readerIndex > repeated.readableBytes {
            repeated.discardReadBytes()
        }
    }

    /// Forgets all requests. Outcomes that arrive for them later are ignored.
    mutating func removeAll(_ services: LoopServices) {
        for detail in details.values {
            switch detail {
            case .batch(let batch): batch.giveBack(&services.bodies)
            case .record: services.records.release(1)
            case .prepared: break
            }
        }
        details.removeAll()
        open.removeAll()
        repeated = ByteBuffer()
        repeatedBytesOfOpen = 0
        nextDeadline = .distantFuture
    }

    // MARK: Records

    /// Writes what this node has applied by now. False, with nothing written, if memory does not say.
    private static func writeFromMemory(
        _ route: any ReadRoute.Type, key: UnsafeRawBufferPointer, _ options: AnswerOptions, _ services: LoopServices,
        to output: inout ByteBuffer
    ) -> Bool {
        do throws(StoreFailure) {
            return try services.reader.withRecordInMemory(forKey: key) { record in
                write(record, route, key: key, options, services.writer, to: &output)
            }
        } catch {
            services.writer.write(.storeFailed(error), options, to: &output)
            return true
        }
    }

    private static func write(
        _ result: RecordRead.Result, _ route: any ReadRoute.Type, key: UnsafeRawBufferPointer,
        _ options: AnswerOptions, _ writer: AnswerWriter, to output: inout ByteBuffer
    ) {
        switch result {
        case .record(let record):
            record.withUnsafeReadableBytes { write($0, route, key: key, options, writer, to: &output) }
        case .nothing:
            write(nil, route, key: key, options, writer, to: &output)
        case .failed(let failure):
            writer.write(.storeFailed(failure), options, to: &output)
        case .tooLate:
            preconditionFailure("a request was answered with a record that was not read")
        }
    }

    private static func write(
        _ record: UnsafeRawBufferPointer?, _ route: any ReadRoute.Type, key: UnsafeRawBufferPointer,
        _ options: AnswerOptions, _ writer: AnswerWriter, to output: inout ByteBuffer
    ) {
        guard let record else { return writer.write(.keyNotFound(key), options, to: &output) }
        do throws(CodecError) {
            route.writeAnswer(try RecordView(decoding: record), of: key, options, by: writer, to: &output)
        } catch {
            writer.write(.damagedRecord(error), options, to: &output)
        }
    }

    /// The first request waits for its record, or is answered without one. The reads right after it have to wait as
    /// well, so their records are read meanwhile; but none after anything else, because a read must not miss the write
    /// before it.
    mutating func askForRecords(_ table: ConnectionTable) {
        let services = table.services
        var start = 0
        for position in 0..<min(open.count, HTTPLimits.recordReadsAheadMax) {
            let request = open[position]
            guard case .outcome(.readable) = request.answer, position == 0 || services.records.mayReadAhead else {
                return
            }
            let range = start..<(start + request.repeatedBytes)
            start = range.upperBound
            guard request.deadline > services.now, !isGivingUp else {
                open[position].answer = .timedOut
                continue
            }
            let key = repeated.withUnsafeReadableBytes { Array($0[range]) }
            let read = RecordRead(tag: tag(at: position), key: key, deadline: request.deadline)
            guard table.wantRecord(read) else {
                open[position].answer = .outcome(.failed(.overloaded))
                continue
            }
            nextDeadline = min(nextDeadline, request.deadline)
            open[position].answer = .reading
        }
    }
}

extension APIError {
    fileprivate func ofBatch(_ detail: AnswerQueue.Detail?) -> APIError {
        guard case .batch(let batch) = detail else { return self }
        return ofBatch(batch)
    }

    fileprivate static func keyNotFound(_ key: UnsafeRawBufferPointer) -> APIError {
        var error = APIError(.keyNotFound, "the key does not exist")
        let name = String(validating: key, as: UTF8.self) ?? PercentEncoding.encode(key)
        error.legacyMessage = "error getting key \(name) from storage: Key not found"
        return error
    }
}
