import Testing

@testable import PeerTransport

@Suite("The order of frames on a connection")
struct StateMachineTests {
    typealias Machine = PeerConnection.StateMachine

    @Test("an acceptor judges a hello and then takes messages")
    func acceptor() {
        var machine = Machine(side: .acceptor)
        check(machine.isAwaitingPreamble, true)
        check(machine.preambleReceived(), .awaitFrames)
        check(machine.frameReceived(.hello), .judge)
        machine.linked()
        check(machine.isLinked, true)
        check(machine.frameReceived(.appendEntriesRequest), .deliverMessage)
        check(machine.frameReceived(.ping), .doNothing)
        check(machine.frameReceived(.goodbye), .endByPeer)
    }

    @Test("a dialler judges a welcome, and hears a refusal in its place")
    func dialler() {
        var machine = Machine(side: .dialler)
        check(machine.preambleReceived(), .awaitFrames)
        check(machine.frameReceived(.goodbye), .endByPeer)
        check(machine.frameReceived(.welcome), .judge)
        machine.linked()
        check(machine.frameReceived(.readIndexRequest), .deliverMessage)
    }

    @Test("messages before the handshake, second handshakes and adoptions on links are violations")
    func violations() {
        var acceptor = Machine(side: .acceptor)
        _ = acceptor.preambleReceived()
        for kind in FrameKind.allCases where kind != .hello { expectViolation(acceptor.frameReceived(kind), kind) }
        acceptor.linked()
        for kind: FrameKind in [.hello, .welcome, .adoptionRequest, .adoptionAnswer] {
            expectViolation(acceptor.frameReceived(kind), kind)
        }
        var control = Machine(side: .acceptor)
        _ = control.preambleReceived()
        control.controlling()
        for kind in FrameKind.allCases where kind != .goodbye && kind != .adoptionRequest {
            expectViolation(control.frameReceived(kind), kind)
        }
    }

    @Test("one adoption at a time, and an answer only to a question")
    func adoption() {
        var acceptor = Machine(side: .acceptor)
        _ = acceptor.preambleReceived()
        acceptor.controlling()
        check(acceptor.adoptionAnswered(), false)
        check(acceptor.frameReceived(.adoptionRequest), .decideAdoption)
        expectViolation(acceptor.frameReceived(.adoptionRequest), .adoptionRequest)
        check(acceptor.adoptionAnswered(), true)
        check(acceptor.adoptionAnswered(), false)

        var dialler = Machine(side: .dialler)
        _ = dialler.preambleReceived()
        dialler.controlling()
        expectViolation(dialler.frameReceived(.adoptionAnswer), .adoptionAnswer)
        dialler.adoptionRequested()
        check(dialler.frameReceived(.adoptionAnswer), .completeAdoption)
        expectViolation(dialler.frameReceived(.adoptionAnswer), .adoptionAnswer)
    }

    @Test("a closed connection takes nothing and closes once")
    func closed() {
        var machine = Machine(side: .acceptor)
        check(machine.closed(), true)
        check(machine.closed(), false)
        check(machine.preambleReceived(), .doNothing)
        check(machine.frameReceived(.appendEntriesRequest), .doNothing)
        check(machine.adoptionAnswered(), false)
    }

    /// The machine is not copyable, so `#expect` cannot take it apart; what it returned can.
    private func check<Action: Equatable>(
        _ action: Action, _ expected: Action, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(action == expected, sourceLocation: sourceLocation)
    }

    private func expectViolation(_ action: Machine.FrameAction, _ kind: FrameKind) {
        if case .violation = action { return }
        Issue.record("a frame of kind \(kind) led to \(action)")
    }
}
