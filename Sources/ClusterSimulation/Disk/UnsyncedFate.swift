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
    case drawnWithHoles
}
