import Bytes
import HotPath
import KeyValue
import NIOCore
import RaftCore

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
                        XXH64.hash(
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
