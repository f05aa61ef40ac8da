import HotPath
import KeyValue
import RaftCore
import Testing

@testable import PeerTransport

@Suite("How the limits of the transport relate to each other and to those of the hot path")
struct TransportLimitsTests {
    private let settings = PeerTransportSettings(seed: 0)
    private let raft = RaftSettings()

    @Test("The largest message of each kind fits a frame")
    func frames() {
        let overhead = Frame.headerBytes + AppendEntriesRequest.messagePartBytes

        #expect(raft.messageBytesMax + overhead <= ReplicaLimits.peerFrameBytesMax)
        #expect(ReplicaLimits.entryPayloadBytesMax + Entry.headerBytes + overhead <= ReplicaLimits.peerFrameBytesMax)
        #expect(ReplicaLimits.forwardBytesMax + Frame.headerBytes + 12 <= ReplicaLimits.peerFrameBytesMax)
        #expect(ReplicaLimits.forwardCommandsMax * 11 + Frame.headerBytes + 16 <= ReplicaLimits.peerFrameBytesMax)
    }

    @Test("A hello and an adoption request with the longest texts fit a frame of the handshake")
    func handshake() {
        // A text is its size in two bytes and its bytes. A hello has six, an adoption request three.
        let textBytes = TransportLimits.textBytesMax + 2

        #expect(6 * textBytes + 46 + Frame.headerBytes <= TransportLimits.handshakeFrameBytesMax)
        #expect(3 * textBytes + 25 + Frame.headerBytes <= TransportLimits.handshakeFrameBytesMax)
        #expect(TransportLimits.handshakeFrameBytesMax < ReplicaLimits.peerFrameBytesMax)
        #expect(TransportLimits.textBytesMax <= Int(UInt16.max))
    }

    @Test("A transport has at most as many connections as it says")
    func connectionsMax() {
        #expect(settings.unauthenticatedConnectionsMax <= TransportLimits.unauthenticatedConnectionsMax)
        #expect(
            settings.connectionsMax
                >= settings.unauthenticatedConnectionsMax + TransportLimits.strangerLinksMax
                + TransportLimits.controlCallsMax + 2 * raft.memberCountMax)
    }

    @Test(
        "The room for bytes that wait for a socket holds a full window, a full burst of forwarded writes and any frame")
    func outbound() {
        #expect(settings.outboundBytesMax > raft.inflightBytesMax + ReplicaLimits.forwardBytesMax)
        #expect(settings.outboundBytesMax > ReplicaLimits.peerFrameBytesMax)
        #expect(TransportLimits.keptOutboundBytesMax < settings.outboundBytesMax)
    }

    @Test("A chunk of a snapshot holds the largest row, and all that are on their way are little")
    func snapshots() {
        #expect(SnapshotTransfer.chunkBytesTarget + KeyValueLimits.groupBytesMax <= SnapshotTransfer.chunkBytesMax)
        #expect(SnapshotFrame.bytesMax <= ReplicaLimits.peerFrameBytesMax)
        #expect(KeyValueLimits.keyBytesMax < SnapshotTransfer.positionBytesMax)
        let requestBytes = Frame.headerBytes + 26 + SnapshotTransfer.positionBytesMax
        #expect(requestBytes <= TransportLimits.handshakeFrameBytesMax)
        #expect(SnapshotTransfer.totalBytesMax < SnapshotTransfer.chunkBytesMax)
        #expect(TransportLimits.snapshotCreditsMax <= Int(UInt16.max))
        // One more chunk waits at the sender, encoded and not.
        let bytes = (TransportLimits.snapshotCreditsMax + 2) * SnapshotFrame.bytesMax
        #expect(bytes * TransportLimits.snapshotUploadsMax < settings.outboundBytesMax)
        #expect(SnapshotFrame.bytesMax * 10 < settings.snapshotBytesPerSecondMax)
    }

    @Test("A transfer that stalls is tried again before its fetch fails, and silence is noticed sooner")
    func snapshotTimes() {
        #expect(settings.deadAfterTicks < settings.snapshotStallTicksMax)
        #expect(settings.snapshotStallTicksMax * 2 < settings.snapshotProgressTicksMax)
        #expect(settings.snapshotLogTicks < settings.snapshotStallTicksMax)
        #expect(TransportLimits.snapshotUploadsMax < raft.memberCountMax)
    }

    @Test("An idle link is pinged well before it counts as dead")
    func silence() {
        #expect(settings.pingAfterTicks * 2 < settings.deadAfterTicks)
        #expect(settings.stableAfterTicks < settings.deadAfterTicks)
        #expect(settings.handshakeTicksMax < settings.controlTicksMax)
        #expect(settings.dialPauseMin < settings.dialPauseMax)
    }

    @Test("All members of a cluster may be strangers at once, and all of them may be in their handshake")
    func connections() {
        #expect(raft.memberCountMax < TransportLimits.strangerLinksMax)
        #expect(TransportLimits.strangerLinksMax < TransportLimits.unauthenticatedConnectionsMax)
    }

    @Test("However many names of joining nodes are looked up, those of the members can be")
    func lookups() {
        #expect(TransportLimits.lookupsMax - TransportLimits.controlLookupsMax >= raft.memberCountMax)
    }

    @Test("A throttled reason names a peer in full, so that peers do not throttle each other")
    func log() {
        #expect(TransportLimits.throttledReasonsMax > TransportLimits.unauthenticatedConnectionsMax)
        #expect(TransportLimits.loggedCharactersMax <= TransportLimits.textBytesMax)
    }
}
