import NIOCore
import Testing

@testable import HTTPAPI

@Suite("The life of a connection")
struct StateMachineTests {
    private let soon = NIODeadline.uptimeNanoseconds(1_000)
    private let later = NIODeadline.uptimeNanoseconds(2_000)

    @Test("One request after the other is taken, with a body or without")
    func requests() {
        var machine = HTTPConnection.StateMachine()
        for plan in [IncomingRequest.BodyPlan.keep, .discard] {
            #expect(machine.isBetweenRequests == true)
            #expect(machine.headTaken(plan, expectsContinue: false) == .awaitBody)
            #expect(machine.isInRequest == true)
            #expect(machine.takesInput == true)
            #expect(machine.requestEnded(closes: false) == .carryOut)
            #expect(machine.answersSent(isAll: true, deadline: soon) == .doNothing)
        }
        #expect(machine.isBetweenRequests == true)
    }

    @Test("After a request that closes no more are taken, and the end comes when all is answered and written")
    func lastRequest() {
        var machine = HTTPConnection.StateMachine()
        #expect(machine.headTaken(.discard, expectsContinue: false) == .awaitBody)
        #expect(machine.requestEnded(closes: true) == .carryOut)
        #expect(machine.takesInput == false)
        #expect(machine.sendsAnswers == true)
        #expect(machine.requestEnded(closes: true) == .doNothing)
        #expect(machine.answersSent(isAll: false, deadline: soon) == .doNothing)
        #expect(machine.answersSent(isAll: true, deadline: soon) == .closeWhenWritten)
        #expect(machine.sendsAnswers == false)
        #expect(machine.answersSent(isAll: true, deadline: later) == .doNothing)
        #expect(machine.lastAnswerWritten(deadline: later) == .close)
        machine.closed()
        #expect(machine.lastAnswerWritten(deadline: later) == .doNothing)
        #expect(machine.sweep(now: later) == .doNothing)
    }

    @Test("A client that waits for 100 Continue gets it once, and not after its request")
    func continues() {
        var machine = HTTPConnection.StateMachine()
        #expect(machine.headTaken(.keep, expectsContinue: true) == .sendContinue)
        #expect(machine.owesContinue == true)
        machine.continueSent()
        #expect(machine.owesContinue == false)
        #expect(machine.requestEnded(closes: false) == .carryOut)

        #expect(machine.headTaken(.keep, expectsContinue: true) == .sendContinue)
        #expect(machine.requestEnded(closes: false) == .carryOut)
        #expect(machine.owesContinue == false)
    }

    @Test("A request whose body is not worth waiting for is answered at once, and the connection lingers")
    func answerBefore() {
        var machine = HTTPConnection.StateMachine()
        #expect(machine.headTaken(.answerBefore, expectsContinue: true) == .answer)
        #expect(machine.owesContinue == false)
        #expect(machine.requestEnded(closes: true) == .doNothing)
        #expect(machine.answersSent(isAll: true, deadline: soon) == .closeWhenWritten)
        #expect(machine.lastAnswerWritten(deadline: later) == .closeOutput)
        #expect(machine.sweep(now: soon) == .doNothing)
        #expect(machine.sweep(now: later) == .close)
    }

    @Test("Unreadable input is answered once, in place of the request under way or of a new one")
    func unreadable() {
        var between = HTTPConnection.StateMachine()
        #expect(between.inputBecameUnreadable() == .answer(isNew: true))
        #expect(between.inputBecameUnreadable() == .doNothing)

        var within = HTTPConnection.StateMachine()
        #expect(within.headTaken(.keep, expectsContinue: false) == .awaitBody)
        #expect(within.inputBecameUnreadable() == .answer(isNew: false))
        #expect(within.answersSent(isAll: true, deadline: soon) == .closeWhenWritten)
        #expect(within.inputBecameUnreadable() == .doNothing)
    }

    @Test("A client that has closed its half is not lingered for, whenever it does so")
    func endOfInput() {
        var early = HTTPConnection.StateMachine()
        early.inputEnded()
        #expect(early.answersSent(isAll: true, deadline: soon) == .closeWhenWritten)
        #expect(early.lastAnswerWritten(deadline: later) == .close)

        var answering = HTTPConnection.StateMachine()
        #expect(answering.inputBecameUnreadable() == .answer(isNew: true))
        answering.inputEnded()
        #expect(answering.answersSent(isAll: true, deadline: soon) == .closeWhenWritten)
        #expect(answering.lastAnswerWritten(deadline: later) == .close)

        var closing = HTTPConnection.StateMachine()
        #expect(closing.inputBecameUnreadable() == .answer(isNew: true))
        #expect(closing.answersSent(isAll: true, deadline: soon) == .closeWhenWritten)
        closing.inputEnded()
        #expect(closing.lastAnswerWritten(deadline: later) == .close)
    }

    @Test("A sweep looks at requests until the last answer, and at a deadline from then on")
    func sweeps() {
        var machine = HTTPConnection.StateMachine()
        #expect(machine.sweep(now: later) == .checkRequests)
        #expect(machine.headTaken(.keep, expectsContinue: false) == .awaitBody)
        #expect(machine.sweep(now: later) == .checkRequests)
        #expect(machine.requestEnded(closes: true) == .carryOut)
        #expect(machine.sweep(now: later) == .checkRequests)
        #expect(machine.answersSent(isAll: true, deadline: later) == .closeWhenWritten)
        #expect(machine.sweep(now: soon) == .doNothing)
        #expect(machine.sweep(now: later) == .close)
    }

    @Test("A head inside a request stops the process")
    func headInsideRequest() async {
        await #expect(processExitsWith: .failure) {
            var machine = HTTPConnection.StateMachine()
            _ = machine.headTaken(.keep, expectsContinue: false)
            _ = machine.headTaken(.keep, expectsContinue: false)
        }
    }
}
