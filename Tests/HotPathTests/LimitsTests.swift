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
        #expect(largestCommand + ReplicaLimits.entryPayloadBytesTarget <= ReplicaLimits.entryPayloadBytesMax)
        #expect(CommandView.headerBytes + KeyValueLimits.groupBytesMax <= largestCommand)
        #expect(
            KeyValueLimits.groupOperationsMax <= ReplicaLimits.waitingCommandsMax / 4, "one batch does not fill a node")
        #expect(Entry.headerBytes + ReplicaLimits.entryPayloadBytesMax + 4_096 <= ReplicaLimits.peerFrameBytesMax)
        #expect(ReplicaLimits.forwardBytesMax + largestCommand + 4_096 <= ReplicaLimits.peerFrameBytesMax)
        #expect(
            RaftSettings().messageBytesMax + ReplicaLimits.entryPayloadBytesMax + 65_536
                <= ReplicaLimits.peerFrameBytesMax)
        #expect(ReplicaLimits.entryPayloadBytesTarget < ReplicaLimits.applyBatchBytesMax)
        #expect(ReplicaLimits.applyBatchBytesMax <= ReplicaLimits.logBatchBytesMax)
        #expect(ReplicaLimits.commandsPerEntryMax <= ReplicaLimits.applyBatchCommandsMax)
        #expect(ReplicaLimits.commandsPerEntryMax <= Int(UInt16.max))
        #expect(ReplicaLimits.forwardCommandsMax < 1 << 16, "an offset of a forwarded command has 16 bits")
    }

    @Test("Less may wait in front of the log than may lie uncommitted in it")
    func queues() {
        #expect(ReplicaLimits.waitingBytesMax < ReplicaLimits.uncommittedBytesMax)
        #expect(RaftSettings().inflightBytesMax < ReplicaLimits.entryRingBytesMax)
        #expect(ReplicaSettings().entryRingBytesKept < ReplicaLimits.entryRingBytesMax)
        #expect(ReplicaSettings().answerWaitNanoseconds > ReplicaSettings().leaderWaitNanoseconds)
        #expect(ReplicaSettings().leaderWaitNanoseconds > 2 * RaftSettings().electionTimeoutNanosecondsMin)
    }

    @Test("What a follower takes later has room for a leader's window, whose last request may exceed it")
    func deferredEntries() {
        let window =
            RaftSettings().inflightBytesMax + RaftSettings().messageBytesMax + Entry.headerBytes
            + ReplicaLimits.entryPayloadBytesMax
        #expect(ReplicaLimits.deferredBytesMax > window)
    }

    @Test("The door closes at the limit of commands and opens when they are answered")
    func admission() {
        let admission = Admission()
        for _ in 0..<ReplicaLimits.waitingCommandsMax { #expect(admission.reserve(bytes: 1)) }

        #expect(!admission.reserve(bytes: 1))
        #expect(admission.waitingCommands == ReplicaLimits.waitingCommandsMax)
        admission.release(commands: 1, bytes: 1)
        #expect(admission.reserve(bytes: 1))
    }

    @Test("A group takes as much room as it has operations, all of it or nothing")
    func admissionOfGroups() {
        let admission = Admission()
        #expect(admission.reserve(commands: ReplicaLimits.waitingCommandsMax - 10, bytes: 1))

        #expect(!admission.reserve(commands: 11, bytes: 1))
        #expect(admission.waitingCommands == ReplicaLimits.waitingCommandsMax - 10)
        #expect(admission.waitingBytes == 1)
        #expect(admission.reserve(commands: 10, bytes: 1))
        #expect(!admission.reserve(bytes: 1))
    }

    @Test("The door closes at the limit of bytes, and while the replica says so")
    func admissionBytes() {
        let admission = Admission()
        #expect(admission.reserve(bytes: ReplicaLimits.waitingBytesMax))

        #expect(!admission.reserve(bytes: 1))
        admission.release(commands: 1, bytes: ReplicaLimits.waitingBytesMax)
        #expect(admission.waitingBytes == 0)
        admission.setClosed(true)
        #expect(!admission.reserve(bytes: 1))
        admission.setClosed(false)
        #expect(admission.reserve(bytes: 1))
    }
}
