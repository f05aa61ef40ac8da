import Testing

@testable import PeerTransport

@Suite("The order of frames on a connection")
struct StateMachineTests {
    typealias Machine = PeerConnection.StateMachine

    /// A machine whose handshake is done.
    private func opened(_ side: Machine.Side, for purpose: Hello.Purpose) -> Machine {
        var machine = Machine(side: side)
        check(machine.preambleReceived(), .awaitFrames)
        check(machine.handshakeDone(for: purpose), .open)
        return machine
    }

    @Test("An acceptor judges a hello and then takes messages")
    func acceptor() {
        var machine = Machine(side: .acceptor)
        check(machine.isAwaitingPreamble, true)
        check(machine.preambleReceived(), .awaitFrames)
        check(machine.isAwaitingPreamble, false)
        check(machine.frameReceived(.hello), .judge)
        check(machine.isLinked, false)
        check(machine.handshakeDone(for: .link), .open)
        check(machine.isLinked, true)
        check(machine.frameReceived(.appendEntriesRequest), .deliverMessage)
        check(machine.frameReceived(.ping), .doNothing)
        check(machine.frameReceived(.goodbye), .endByPeer)
        check(machine.isClosed, false)
        check(machine.closed(), .tearDown)
        check(machine.isClosed, true)
    }

    @Test("A dialler judges a welcome, and hears a refusal in its place")
    func dialler() {
        var machine = Machine(side: .dialler)
        check(machine.preambleReceived(), .awaitFrames)
        check(machine.frameReceived(.goodbye), .endByPeer)
        check(machine.frameReceived(.welcome), .judge)
        check(machine.handshakeDone(for: .link), .open)
        check(machine.frameReceived(.readIndexRequest), .deliverMessage)
    }

    @Test("A link takes every message, and no frame of a handshake or of control")
    func link() {
        var machine = opened(.acceptor, for: .link)
        for kind in FrameKind.allCases {
            switch kind.family {
            case .peerMessage: check(machine.frameReceived(kind), .deliverMessage)
            case .ping: check(machine.frameReceived(kind), .doNothing)
            case .goodbye: check(machine.frameReceived(kind), .endByPeer)
            case .hello, .welcome, .adoptionRequest, .adoptionAnswer, .snapshot:
                expectViolation(machine.frameReceived(kind), kind)
            }
        }
        check(machine.isLinked, true)
        check(machine.isForControl, false)
        check(machine.isForSnapshot, false)
    }

    @Test("A connection for a snapshot takes frames of snapshots, and neither messages nor frames of control")
    func transfer() {
        for side in [Machine.Side.dialler, .acceptor] {
            var machine = opened(side, for: .snapshot)
            for kind in FrameKind.allCases {
                switch kind.family {
                case .snapshot: check(machine.frameReceived(kind), .handleSnapshot)
                case .ping: check(machine.frameReceived(kind), .doNothing)
                case .goodbye: check(machine.frameReceived(kind), .endByPeer)
                case .hello, .welcome, .adoptionRequest, .adoptionAnswer, .peerMessage:
                    expectViolation(machine.frameReceived(kind), kind)
                }
            }
            check(machine.isForSnapshot, true)
            check(machine.isLinked, false)
            check(machine.closed(), .tearDown)
            check(machine.isForSnapshot, false)
        }
    }

    @Test("During the handshake only its own frames are taken")
    func handshakeViolations() {
        var acceptor = Machine(side: .acceptor)
        check(acceptor.preambleReceived(), .awaitFrames)
        for kind in FrameKind.allCases where kind != .hello { expectViolation(acceptor.frameReceived(kind), kind) }
        check(acceptor.frameReceived(.hello), .judge)

        var dialler = Machine(side: .dialler)
        check(dialler.preambleReceived(), .awaitFrames)
        for kind in FrameKind.allCases where kind != .welcome && kind != .goodbye {
            expectViolation(dialler.frameReceived(kind), kind)
        }
        check(dialler.frameReceived(.welcome), .judge)
    }

    @Test("A control connection takes no messages")
    func controlViolations() {
        var acceptor = opened(.acceptor, for: .control)
        for kind in FrameKind.allCases where kind != .goodbye && kind != .adoptionRequest {
            expectViolation(acceptor.frameReceived(kind), kind)
        }
        check(acceptor.frameReceived(.goodbye), .endByPeer)
        check(acceptor.isForControl, true)

        var dialler = opened(.dialler, for: .control)
        for kind in FrameKind.allCases where kind != .goodbye { expectViolation(dialler.frameReceived(kind), kind) }
        check(dialler.isForControl, true)
    }

    @Test("An acceptor decides one adoption at a time, and answers only what was asked")
    func adoptionAtAcceptor() {
        var machine = opened(.acceptor, for: .control)
        check(machine.adoptionDecided(), .doNothing)
        check(machine.frameReceived(.adoptionRequest), .decideAdoption)
        expectViolation(machine.frameReceived(.adoptionRequest), .adoptionRequest)
        check(machine.isForControl, true)
        check(machine.adoptionDecided(), .send)
        check(machine.adoptionDecided(), .doNothing)
        check(machine.frameReceived(.adoptionRequest), .decideAdoption)
    }

    @Test("A dialler takes one answer for each adoption that it asked for")
    func adoptionAtDialler() {
        var machine = opened(.dialler, for: .control)
        expectViolation(machine.frameReceived(.adoptionAnswer), .adoptionAnswer)
        check(machine.adoptionWanted(), .send)
        check(machine.frameReceived(.goodbye), .endByPeer)
        check(machine.frameReceived(.adoptionAnswer), .completeAdoption)
        expectViolation(machine.frameReceived(.adoptionAnswer), .adoptionAnswer)
        check(machine.adoptionWanted(), .send)
    }

    @Test("A closed connection takes nothing, opens nothing and closes once")
    func closed() {
        var machine = Machine(side: .acceptor)
        check(machine.closed(), .tearDown)
        check(machine.closed(), .doNothing)
        check(machine.preambleReceived(), .doNothing)
        check(machine.frameReceived(.hello), .doNothing)
        check(machine.frameReceived(.appendEntriesRequest), .doNothing)
        check(machine.handshakeDone(for: .link), .doNothing)
        check(machine.handshakeDone(for: .control), .doNothing)
        check(machine.adoptionWanted(), .doNothing)
        check(machine.adoptionDecided(), .doNothing)
        check(machine.isClosed, true)
        check(machine.isLinked, false)
    }

    @Test("A second preamble, a second handshake and an adoption on a link are errors of the program")
    func illegalEvents() async {
        await #expect(processExitsWith: .failure) {
            var machine = PeerConnection.StateMachine(side: .acceptor)
            _ = machine.preambleReceived()
            _ = machine.preambleReceived()
        }
        await #expect(processExitsWith: .failure) {
            var machine = PeerConnection.StateMachine(side: .acceptor)
            _ = machine.preambleReceived()
            _ = machine.handshakeDone(for: .link)
            _ = machine.handshakeDone(for: .link)
        }
        await #expect(processExitsWith: .failure) {
            var machine = PeerConnection.StateMachine(side: .dialler)
            _ = machine.preambleReceived()
            _ = machine.handshakeDone(for: .link)
            _ = machine.adoptionWanted()
        }
    }

    /// The machine is not copyable, so `#expect` cannot take it apart; what it returned can.
    private func check<Action: Equatable>(
        _ action: Action, _ expected: Action, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(action == expected, sourceLocation: sourceLocation)
    }

    private func expectViolation(
        _ action: Machine.FrameAction, _ kind: FrameKind, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if case .violation = action { return }
        Issue.record("a frame of kind \(kind) led to \(action)", sourceLocation: sourceLocation)
    }
}
