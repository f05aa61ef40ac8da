import ClusterControl
import HotPath
import Logging
import NIOCore
import PeerTransport
import RaftCore

@testable import ClusterSimulation

/// One process of a lab: a real transport on simulated sockets, and a delegate that keeps what it hears.
final class LabProcess: PeerTransportDelegate {
    enum Heard: Hashable {
        case linkOpened(NodeID)
        case unreachable(NodeID)
        /// A `readIndexRequest`: the message that tests count with.
        case message(UInt64, from: NodeID)
    }

    let id: NodeID
    let machine: Int
    let life: UInt32
    let loop: SimulatedLoop
    let transport: PeerTransport
    private let now: () -> UInt64
    private(set) var heard: [(what: Heard, time: UInt64)] = []

    init(machine: Int, life: UInt32, in lab: StreamLab, _ settings: PeerTransportSettings) {
        id = StreamLab.id(machine)
        self.machine = machine
        self.life = life
        now = { [unowned lab] in lab.now }
        let clock = NodeClock(origin: 5_000_000_000 * UInt64(life), partsPerMillion: 20_000 * Int64(machine))
        loop = SimulatedLoop(machine: machine) { [unowned lab] in
            .uptimeNanoseconds(clock.reading(at: lab.now).nanoseconds)
        } wake: { [unowned lab] loop, deadline in
            let time = clock.time(of: Instant(nanoseconds: deadline.uptimeNanoseconds), now: lab.now)
            lab.schedule(.pass(loop, number: loop.wakeNumber), at: time)
        }
        transport = PeerTransport(
            nodeID: id, startID: UInt64(life) << 8 | UInt64(machine), settings: settings, loop: loop,
            logger: Logger(label: "lab") { _ in SwiftLogNoOpLogHandler() },
            sockets: SimulatedSockets(lab.network, machine: machine, life: life, loop: loop))
        transport.delegate = self
    }

    func count(of what: Heard) -> Int { heard.count { $0.what == what } }

    func time(of what: Heard) -> UInt64? { heard.last { $0.what == what }?.time }

    var messages: [UInt64] {
        heard.compactMap { if case .message(let number, _) = $0.what { number } else { nil } }
    }

    // MARK: PeerTransportDelegate

    func received(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal? {
        if case .readIndexRequest(let number) = message { note(.message(number, from: peer)) }
        return nil
    }

    func receivedReadEnded() {}
    func linkOpened(to peer: NodeID) { note(.linkOpened(peer)) }
    func peerUnreachable(_ peer: NodeID) { note(.unreachable(peer)) }
    func introduction() -> Introduction {
        Introduction(clusterID: ClusterID(high: 1, low: 2), featureLevel: SnapshotTransfer.featureLevel)
    }

    func expected(by peer: NodeID, of cluster: ClusterID) {}
    func displaced(by peer: NodeID, since: LogIndex) {}

    func adoptionRequested(_ request: AdoptionRequest, answer: @escaping (AdoptionAnswer) -> Void) {
        answer(!request.consent.isEmpty ? .accepted(InstanceID(high: 1, low: 2)) : .unchanged)
    }

    private func note(_ what: Heard) { heard.append((what, now())) }
}
