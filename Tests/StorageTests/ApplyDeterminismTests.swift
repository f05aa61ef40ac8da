import Bytes
import HotPath
import KeyValue
import RaftCore
import Testing

@testable import Storage

/// Compares the store with a model in a dictionary, over random commands on few keys.
@Suite("Applying commands")
struct ApplyDeterminismTests {
    /// The rules of `CommandResult` and `Condition` in the shortest form.
    private struct Model {
        var revisions: [[UInt8]: UInt64] = [:]
        var revision: UInt64 = 0

        mutating func apply(_ command: TestCommand) -> CommandResult {
            let current = revisions[command.key] ?? 0
            let holds =
                switch command.condition {
                case .none: true
                case .absent: current == 0
                case .present: current != 0
                case .revision(let revision): current != 0 && current == revision
                }
            let reads = command.condition != .none || command.reportsExistence
            guard holds else {
                return CommandResult(status: .preconditionFailed, existed: current != 0, revision: current)
            }
            if command.kind == .put || current != 0 || !reads {
                revision += 1
                revisions[command.key] = command.kind == .put ? revision : nil
            }
            return CommandResult(status: .applied, existed: reads && current != 0, revision: revision)
        }
    }

    private func entries(seed: UInt64, count: Int) -> [[TestCommand]] {
        var random = SplitMix64(seed: seed)
        var revision: UInt64 = 0
        return (0..<count).map { _ in
            (0..<Int.random(in: 1...20, using: &random)).map { _ in
                revision += 1
                var command = TestCommand(key: [UInt8.random(in: 0..<12, using: &random)])
                command.kind = Int.random(in: 0..<4, using: &random) == 0 ? .delete : .put
                if command.kind == .put { command.value = [UInt8](repeating: 7, count: Int(revision % 5)) }
                command.reportsExistence = Int.random(in: 0..<6, using: &random) == 0
                switch Int.random(in: 0..<9, using: &random) {
                case 0: command.condition = .absent
                case 1: command.condition = .present
                case 2: command.condition = .revision(UInt64.random(in: 0...revision, using: &random))
                default: command.condition = .none
                }
                return command
            }
        }
    }

    @Test("has the same outcome however the entries are cut into batches", arguments: [1, 2, 3] as [UInt64])
    func batches(seed: UInt64) throws {
        let commands = entries(seed: seed, count: 150)
        var model = Model()
        let expected = commands.flatMap { $0.map { model.apply($0) } }

        for batchEntriesMax in [1, 7, 150] {
            let directory = TestDirectory()
            let store = try NodeStore.open(directory)
            var results: [CommandResult] = []
            var index = 0
            while index < commands.count {
                let end = min(index + batchEntriesMax, commands.count)
                let batch = (index..<end).map { Entry.commands(index: UInt64($0 + 1), commands[$0]) }
                try store.stateMachine.apply(batch, results: &results)
                index = end
            }

            #expect(results == expected)
            #expect(store.stateMachine.revision == model.revision)
            for key in UInt8(0)..<12 {
                let record = try store.stateMachine.record([key])
                let revision = try record?.withRawBytes { bytes throws(CodecError) in
                    try RecordView.revision(of: bytes)
                }
                #expect(revision == model.revisions[[key]])
            }
        }
    }
}
