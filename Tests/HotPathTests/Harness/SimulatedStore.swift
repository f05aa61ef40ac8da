import HotPath
import KeyValue
import NIOCore
import RaftCore

/// What one node's disk holds and would hold: `durable` survives a crash, `jobs` are submitted and lost with it.
final class SimulatedLog: LogStore, LogWriter, LogReader, @unchecked Sendable {
    var durable: [Entry] = []
    var hardState = HardState()
    var jobs: [LogJob] = []
    var reads: [(range: LogRange, token: UInt64)] = []
    /// What the simulation has reached, over all incarnations of the node.
    private(set) var truncations = 0
    private(set) var readsOfOldEntries = 0

    func submit(_ job: LogJob) { jobs.append(job) }

    func read(_ range: LogRange, bytesMax: Int, token: UInt64) {
        reads.append((range, token))
        readsOfOldEntries += 1
    }

    func append(_ jobs: [LogJob]) throws(StoreFailure) {
        for job in jobs {
            if let index = job.truncateFrom {
                durable.removeAll { $0.id.index >= index }
                truncations += 1
            }
            for entry in job.entries {
                precondition(entry.id.index.rawValue == UInt64(durable.count + 1), "the log on disk has a gap")
                durable.append(entry)
            }
            if let hardState = job.hardState {
                precondition(hardState.currentTerm >= self.hardState.currentTerm, "the term on disk went back")
                self.hardState = hardState
            }
        }
    }

    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry] {
        guard range.upper.rawValue <= UInt64(durable.count) + 1 else {
            throw StoreFailure(operation: "read", message: "\(range) is not durable")
        }
        return Array(durable[Int(range.lower.rawValue - 1)..<Int(range.upper.rawValue - 1)])
    }

    /// Writes and syncs the first `count` jobs as one batch; returns the last of them.
    func sync(_ count: Int) throws(StoreFailure) -> LogJob? {
        let batch = Array(jobs.prefix(count))
        guard let last = batch.last else { return nil }
        try append(batch)
        jobs.removeFirst(batch.count)
        return last
    }

    func recover(applied: LogIndex) throws(CodecError) -> Raft.Recovered {
        var recovered = Raft.Recovered()
        recovered.hardState = hardState
        recovered.applied = applied
        for entry in durable {
            if let last = recovered.runs.indices.last, recovered.runs[last].term == entry.id.term {
                recovered.runs[last].sizes.append(UInt32(entry.encodedBytes))
            } else {
                recovered.runs.append(EntryRun(term: entry.id.term, sizes: [UInt32(entry.encodedBytes)]))
            }
            if entry.kind == .configuration {
                recovered.configurations.append(
                    ConfigurationEntry(
                        index: entry.id.index, configuration: try ConfigurationCodec.decode(entry.payload)))
            }
        }
        return recovered
    }
}

/// The key-value state of one node in memory, with a copy that stands for what the last memtable flush wrote to disk.
final class SimulatedStateMachine: StateMachine, @unchecked Sendable {
    struct State: Equatable {
        var records: [[UInt8]: (value: [UInt8], revision: UInt64)] = [:]
        var applied = LogIndex.zero
        var revision: UInt64 = 0
        /// A rolling digest of all commands in the order of their application.
        var digest: UInt64 = 0

        static func == (left: State, right: State) -> Bool {
            left.applied == right.applied && left.revision == right.revision && left.digest == right.digest
        }
    }

    var state = State()
    var persisted = State()

    var appliedIndex: LogIndex { state.applied }
    var revision: UInt64 { state.revision }

    func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) {
        for entry in entries {
            precondition(entry.id.index == state.applied.next, "\(entry.id) is applied after \(state.applied)")
            state.applied = entry.id.index
            guard entry.kind == .commands else { continue }
            var found = 0
            entry.payload.withUnsafeReadableBytes { bytes in
                var offset = 0
                while offset < bytes.count,
                    let command = decode(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
                {
                    if let operations = command.operations {
                        if command.hasOneRevision { state.revision += 1 }
                        for operation in operations {
                            if !command.hasOneRevision { state.revision += 1 }
                            state.records[Array(operation.key)] = (Array(operation.value), state.revision)
                        }
                    } else {
                        state.revision += 1
                        state.records[Array(command.key)] = (Array(command.value), state.revision)
                    }
                    state.digest =
                        Checksum.xxh64(
                            UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + command.encodedBytes)]))
                        ^ (state.digest &* 31)
                    results.append(CommandResult(status: .applied, existed: false, revision: state.revision))
                    offset += command.encodedBytes
                    found += 1
                }
            }
            precondition(found == entry.commandCount, "entry \(entry.id) holds \(found) commands")
        }
    }

    private func decode(_ bytes: UnsafeRawBufferPointer) -> CommandView? {
        do throws(CodecError) {
            return try CommandView(decoding: bytes)
        } catch {
            preconditionFailure("a committed command is malformed: \(error)")
        }
    }
}

/// Holds apply jobs until the simulation lets the apply thread run.
final class SimulatedApplier: Applier {
    var jobs: [ApplyJob] = []
    func submit(_ job: ApplyJob) { jobs.append(job) }
}

/// Collects the outcomes of one node's users.
final class SimulatedSink: CompletionSink, @unchecked Sendable {
    var completions: [Completion] = []
    func post(_ completions: [Completion]) { self.completions.append(contentsOf: completions) }
}

final class SimulatedClock: Timekeeper {
    let time: SimulatedTime
    var deadline: Instant?

    init(time: SimulatedTime) { self.time = time }
    var now: Instant { time.now }
    func wake(at deadline: Instant) { self.deadline = deadline }
}

/// The time that all nodes share.
final class SimulatedTime {
    var now = Instant(nanoseconds: 1_000_000_000)
}
