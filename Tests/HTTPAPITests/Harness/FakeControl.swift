import ClusterControl
import HotPath
import KeyValue
import Synchronization

@testable import HTTPAPI

/// A control plane that answers as the test wants and remembers its requests.
final class FakeControl: MembershipControl {
    private struct State {
        var isFenced = false
        var requests: [ControlRequest] = []
        var answer = ControlAnswer(code: .ok)
    }

    private let state = Mutex(State())

    var requests: [ControlRequest] { state.withLock { $0.requests } }

    func willAnswer(_ answer: ControlAnswer) { state.withLock { $0.answer = answer } }

    func willBeFenced() { state.withLock { $0.isFenced = true } }

    func liftFence() async -> Bool {
        state.withLock { state in
            defer { state.isFenced = false }
            return state.isFenced
        }
    }

    func perform(_ request: ControlRequest) async -> ControlAnswer {
        state.withLock { state in
            state.requests.append(request)
            return state.answer
        }
    }
}
