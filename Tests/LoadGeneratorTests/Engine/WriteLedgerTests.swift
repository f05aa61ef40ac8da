import Testing

@testable import LoadGenerator

@Suite("The ledger distinguishes a lost write from one with an unknown outcome")
struct WriteLedgerTests {
    private func ledger(unknownMax: Int = 10, _ outcomes: [(WriteLedger.Outcome, isDelete: Bool)]) -> WriteLedger {
        var ledger = WriteLedger(keyCount: 4, unknownMax: unknownMax)
        for (outcome, isDelete) in outcomes {
            _ = ledger.issue(2)
            ledger.resolve(2, isDelete: isDelete, outcome)
        }
        return ledger
    }

    @Test("The value of the last acknowledged write is right, an older one or none means a loss")
    func acknowledged() {
        let ledger = ledger([(.acknowledged, false), (.acknowledged, false)])

        #expect(ledger.isChecked(2) && !ledger.isChecked(1))
        #expect(ledger.judge(2, sequence: 2) == .right)
        #expect(ledger.judge(2, sequence: 1) == .lost(.older(sequence: 1)))
        #expect(ledger.judgeAbsence(2) == .lost(.absent))
    }

    @Test("An unknown write may be there or not, also when a younger one was acknowledged")
    func unknown() {
        let later = ledger([(.acknowledged, false), (.unknown, false)])
        let earlier = ledger([(.acknowledged, false), (.unknown, false), (.acknowledged, false)])

        #expect(later.judge(2, sequence: 1) == .right)
        #expect(later.judge(2, sequence: 2) == .right)
        #expect(later.judgeAbsence(2) == .lost(.absent))
        #expect(earlier.judge(2, sequence: 3) == .right)
        #expect(earlier.judge(2, sequence: 2) == .right)
        #expect(earlier.judge(2, sequence: 1) == .lost(.older(sequence: 1)))
    }

    @Test("A refused write must not be there")
    func refused() {
        let ledger = ledger([(.acknowledged, false), (.refused, false)])

        #expect(ledger.judge(2, sequence: 1) == .right)
        #expect(ledger.judge(2, sequence: 2) == .foreign(.notAcknowledged(sequence: 2)))
        #expect(ledger.judge(2, sequence: 99) == .foreign(.notAcknowledged(sequence: 99)))
    }

    @Test("Deletes are writes")
    func deletes() {
        let deleted = ledger([(.acknowledged, false), (.acknowledged, true)])
        let mayBeDeleted = ledger([(.acknowledged, false), (.unknown, true)])
        let again = ledger([(.acknowledged, true), (.acknowledged, false)])

        #expect(deleted.judgeAbsence(2) == .right)
        #expect(deleted.judge(2, sequence: 1) == .lost(.deletedOnly(sequence: 1)))
        #expect(mayBeDeleted.judgeAbsence(2) == .right)
        #expect(mayBeDeleted.judge(2, sequence: 1) == .right)
        #expect(again.judgeAbsence(2) == .lost(.absent))
        #expect(again.judge(2, sequence: 2) == .right)
    }

    @Test("Above its limit of unknown writes the ledger reports neither a false loss nor a false success")
    func forgets() {
        let ledger = ledger(unknownMax: 1, [(.unknown, false), (.unknown, false), (.acknowledged, false)])

        #expect(ledger.judge(2, sequence: 3) == .right)
        #expect(ledger.judge(2, sequence: 1) == .right, "this one is remembered")
        #expect(ledger.judge(2, sequence: 2) == .inconclusive)
        #expect(ledger.judgeAbsence(2) == .inconclusive)
        #expect(ledger.judge(2, sequence: 4) == .foreign(.notAcknowledged(sequence: 4)))
    }

    @Test("A key with too many unknown writes does not excuse the losses of another")
    func forgetsPerKey() {
        var ledger = ledger(unknownMax: 0, [(.acknowledged, false), (.unknown, false)])
        for _ in 0..<2 {
            _ = ledger.issue(3)
            ledger.resolve(3, isDelete: false, .acknowledged)
        }

        #expect(ledger.judgeAbsence(2) == .inconclusive)
        #expect(ledger.judge(3, sequence: 2) == .right)
        #expect(ledger.judge(3, sequence: 1) == .lost(.older(sequence: 1)))
        #expect(ledger.judgeAbsence(3) == .lost(.absent))
    }

    @Test("A key is open while its write is in flight, and inserted keys are taken in")
    func open() {
        var ledger = WriteLedger(keyCount: 1)

        #expect(ledger.issue(5) == 1)
        #expect(ledger.keyCount == 6)
        #expect(ledger.isOpen(5) && !ledger.isOpen(4) && !ledger.isOpen(100))
        ledger.resolve(5, isDelete: false, .refused)
        #expect(!ledger.isOpen(5) && !ledger.isChecked(5))
        #expect(ledger.issue(5) == 2)
    }
}
