import HotPath
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
                + TransportLimits.controlCallsMax + raft.memberCountMax)
    }

    @Test(
        "The room for bytes that wait for a socket holds a full window, a full burst of forwarded writes and any frame")
    func outbound() {
        #expect(settings.outboundBytesMax > raft.inflightBytesMax + ReplicaLimits.forwardBytesMax)
        #expect(settings.outboundBytesMax > ReplicaLimits.peerFrameBytesMax)
        #expect(TransportLimits.keptOutboundBytesMax < settings.outboundBytesMax)
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
