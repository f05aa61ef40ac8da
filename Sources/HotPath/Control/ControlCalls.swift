internal import NIOCore
internal import RaftCore

/// Control requests that this node passed on to the leader and that are not answered yet.
///
/// Expiry: ends with the link to that leader (`endLink`), because an answer arrives on it or never. There is no clock:
/// whoever asked has a separate time-out.
struct ControlCalls {
    typealias Caller = (ByteBuffer?) -> Void

    private var calls: [(id: UInt64, leader: NodeID, caller: Caller)] = []

    mutating func append(id: UInt64, leader: NodeID, caller: @escaping Caller) {
        calls.append((id, leader, caller))
    }

    /// Whom to call with the answer; nil if nobody waits for it, or if another node than the one asked sent it.
    mutating func take(id: UInt64, from peer: NodeID) -> Caller? {
        guard let place = calls.firstIndex(where: { $0.id == id && $0.leader == peer }) else { return nil }
        return calls.remove(at: place).caller
    }

    /// The link to `peer` is gone. Returns whom to call without an answer.
    mutating func endLink(to peer: NodeID) -> [Caller] {
        guard !calls.isEmpty else { return [] }
        let failed = calls.filter { $0.leader == peer }.map(\.caller)
        calls.removeAll { $0.leader == peer }
        return failed
    }
}
