import HotPath
import KeyValue
import RaftCore
import Testing

@Suite("How the limits relate")
struct LimitsTests {
    @Test("The largest command fits an entry, the largest entry a frame, and a batch several entries")
    func containment() {
        let largestCommand =
            CommandView.headerBytes + KeyValueLimits.contentTypeBytesMax + KeyValueLimits.keyBytesMax
            + KeyValueLimits.valueBytesMax
        #expect(largestCommand + Limits.entryPayloadBytesTarget <= Limits.entryPayloadBytesMax)
        #expect(CommandView.headerBytes + KeyValueLimits.groupBytesMax <= largestCommand)
        #expect(KeyValueLimits.groupOperationsMax <= Limits.waitingCommandsMax / 4, "one batch does not fill a node")
        #expect(Entry.headerBytes + Limits.entryPayloadBytesMax + 4_096 <= Limits.peerFrameBytesMax)
        #expect(Limits.forwardBytesMax + largestCommand + 4_096 <= Limits.peerFrameBytesMax)
        #expect(RaftSettings().messageBytesMax + Limits.entryPayloadBytesMax + 65_536 <= Limits.peerFrameBytesMax)
        #expect(Limits.entryPayloadBytesTarget < Limits.applyBatchBytesMax)
        #expect(Limits.applyBatchBytesMax <= Limits.logBatchBytesMax)
        #expect(Limits.commandsPerEntryMax <= Limits.applyBatchCommandsMax)
        #expect(Limits.commandsPerEntryMax <= Int(UInt16.max))
        #expect(Limits.forwardCommandsMax < 1 << 16, "an offset of a forwarded command has 16 bits")
    }

    @Test("What may wait in front of the log is less than what may lie uncommitted in it")
    func queues() {
        #expect(Limits.waitingBytesMax < Limits.uncommittedBytesMax)
        #expect(RaftSettings().inflightBytesMax < Limits.entryRingBytesMax)
        #expect(ReplicaSettings().entryRingBytesKept < Limits.entryRingBytesMax)
        #expect(ReplicaSettings().leaderWaitNanoseconds > 2 * RaftSettings().electionTimeoutNanosecondsMin)
    }

    @Test("The door closes at the limit of commands and opens when they are answered")
    func admission() {
        let admission = Admission()
        for _ in 0..<Limits.waitingCommandsMax { #expect(admission.reserve(bytes: 1)) }

        #expect(!admission.reserve(bytes: 1))
        #expect(admission.waitingCommands == Limits.waitingCommandsMax)
        admission.release(commands: 1, bytes: 1)
        #expect(admission.reserve(bytes: 1))
    }

    @Test("A group takes as much room as it has operations, all of it or nothing")
    func admissionOfGroups() {
        let admission = Admission()
        #expect(admission.reserve(commands: Limits.waitingCommandsMax - 10, bytes: 1))

        #expect(!admission.reserve(commands: 11, bytes: 1))
        #expect(admission.waitingCommands == Limits.waitingCommandsMax - 10)
        #expect(admission.waitingBytes == 1)
        #expect(admission.reserve(commands: 10, bytes: 1))
        #expect(!admission.reserve(bytes: 1))
    }

    @Test("The door closes at the limit of bytes, and while the replica says so")
    func admissionBytes() {
        let admission = Admission()
        #expect(admission.reserve(bytes: Limits.waitingBytesMax))

        #expect(!admission.reserve(bytes: 1))
        admission.release(commands: 1, bytes: Limits.waitingBytesMax)
        #expect(admission.waitingBytes == 0)
        admission.setClosed(true)
        #expect(!admission.reserve(bytes: 1))
        admission.setClosed(false)
        #expect(admission.reserve(bytes: 1))
    }
}
