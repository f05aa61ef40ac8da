/// A fault that has met somebody and changes something only if that happens which it is about: a message that a cut
/// keeps back, a write to a disk that is full.
enum LatentFault: Hashable {
    /// By its number.
    case cut(UInt64)
    case storm
    /// Leadership was to be handed on.
    case transfer
    // On the disk and the threads of a node.
    case hungDisk(Int)
    case hungApply(Int)
    case hungReads(Int)
    case power(Int)
    case powerInInstallation(Int)
    case space(Int)
    case sync(Int)
    case reads(Int)
}
