package import NIOCore

#if MUTANTS
package import RaftCore
#else
internal import RaftCore
#endif

/// The constants of one transport. Time on an open connection is counted in ticks instead of read from a clock, so that
/// a process that was stopped for a while does not take its own pause for the death of every peer.
package struct PeerTransportSettings: Sendable {
    /// The interval at which connections are checked.
    package var tick = TimeAmount.milliseconds(250)
    /// A link on which nothing was sent for this many ticks carries a ping.
    package var pingAfterTicks = 2
    /// A link on which nothing arrived for this many ticks is dead. More than `pingAfterTicks`, with room for lost
    /// time.
    package var deadAfterTicks = 8
    /// A connection that is no link after this many ticks is closed.
    package var handshakeTicksMax = 20
    /// A control connection is closed after this many ticks. An adoption writes to disk before it is answered.
    package var controlTicksMax = 120
    /// A link that lived for this many ticks resets the back-off of its dialler.
    package var stableAfterTicks = 4

    /// The first pause of a dialler; it doubles with each failure up to `dialPauseMax`. Drawn from the upper half.
    package var dialPauseMin = TimeAmount.milliseconds(20)
    package var dialPauseMax = TimeAmount.seconds(1)
    /// How long the node with the higher id waits for the other to dial after a link was lost.
    package var passiveDialPause = TimeAmount.seconds(1)
    /// The same before the first link to a member: short, since the other side may be asleep in its back-off.
    package var firstPassiveDialPause = TimeAmount.milliseconds(100)
    /// How long a TCP connection may take to open.
    package var connectTimeout = TimeAmount.seconds(2)
    /// Bytes that wait for one peer's socket. Past it the link is closed: the peer does not read.
    package var outboundBytesMax = 64 << 20
    /// The same reason for closing connections with the same peer is logged once in this time.
    package var logRepeatInterval = TimeAmount.minutes(1)
    /// Bytes of snapshots that this node sends in a second, to all followers together.
    package var snapshotBytesPerSecondMax = 256 << 20
    /// A transfer of a snapshot is given up, to be dialled again, after this many ticks in which the other side did
    /// nothing for it. Making a snapshot may take that long, and so may a slow disk.
    package var snapshotStallTicksMax = 240
    /// The fetch of a snapshot fails after this many ticks without a chunk taken. More than `snapshotStallTicksMax`.
    package var snapshotProgressTicksMax = 600
    /// The log has a line about a transfer once in this many ticks.
    package var snapshotLogTicks = 40
    /// Those of this node, which its peers compare with theirs.
    package var election = ElectionSettings()
    /// Connections that others opened and that are no links (yet): in the handshake or control. One more closes the
    /// oldest.
    package var unauthenticatedConnectionsMax = TransportLimits.unauthenticatedConnectionsMax
    #if MUTANTS
    /// The bug that this transport has.
    package var mutant: Mutant?
    #endif
    /// Seeds the jitter of dialling.
    package var seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// Whether a bug is switched on.
    func has(_ mutant: Mutant) -> Bool {
        #if MUTANTS
        return self.mutant == mutant
        #else
        return false
        #endif
    }

    /// All connections that a transport has at the same time. With a member there may be two links, until one of them
    /// wins, and it may fetch a snapshot; so may this node.
    package var connectionsMax: Int {
        unauthenticatedConnectionsMax + TransportLimits.strangerLinksMax + TransportLimits.controlCallsMax
            + 3 * RaftSettings().memberCountMax + 1
    }
}
