import HotPath
import NIOConcurrencyHelpers
import RaftCore

/// A snapshot that a played replica has fetched. It says when it was installed.
final class PlayedSnapshot: FetchedSnapshot {
    let lastIncluded: LogIndex
    private let stateMachine: PlayedStateMachine
    private let installed = NIOLockedValueBox<Configuration?>(nil)

    init(_ lastIncluded: LogIndex, of stateMachine: PlayedStateMachine) {
        self.lastIncluded = lastIncluded
        self.stateMachine = stateMachine
    }

    /// The configuration that it was installed with.
    var configuration: Configuration? { installed.withLockedValue { $0 } }

    func install(_ configuration: Configuration) throws(StoreFailure) {
        stateMachine.become(lastIncluded, revision: 1_000)
        installed.withLockedValue { $0 = configuration }
    }
}
