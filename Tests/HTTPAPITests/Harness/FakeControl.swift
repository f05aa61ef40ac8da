import ClusterControl
import HotPath
import KeyValue
import Synchronization

@testable import HTTPAPI

/// A control plane that answers as the test wants and remembers its requests.
final class FakeControl: MembershipControl {
    private struct State {
        var requests: [ControlRequest] = []
        var answer = ControlAnswer(code: .ok)
    }

    private let state = Mutex(State())

    var requests: [ControlRequest] { state.withLock { $0.requests } }

    func willAnswer(_ answer: ControlAnswer) { state.withLock { $0.answer = answer } }

    func perform(_ request: ControlRequest) async -> ControlAnswer {
        state.withLock { state in
            state.requests.append(request)
            return state.answer
        }
    }
}
