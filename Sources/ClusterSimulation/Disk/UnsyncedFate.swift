/// What a loss of power leaves of that which was not synced.
package enum UnsyncedFate: Hashable, Sendable {
    /// Nothing.
    case lost
    /// Everything, as after a crash of the process alone.
    case kept
    /// Of each file the beginning up to an arbitrary byte, and of the changes of names in each directory the first
    /// ones.
    case drawn
    /// Like `drawn`, but of what is left of a file one sector may be missing: it holds zeros.
    ///
    /// Tests of one store draw this, simulated clusters do not: nothing is promised for it but that it is found. The
    /// database cannot tell a hole in a batch that nobody was told of from damage to one that was acknowledged, so the
    /// start is refused and the node has to be replaced (Docs/DiskFormat.md). A loss of power in a whole cluster could
    /// do that to a majority.
    case drawnWithHoles
}
