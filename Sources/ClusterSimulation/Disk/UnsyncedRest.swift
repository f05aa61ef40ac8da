/// The part of the unsynced end of a file that is still there after a loss of power.
struct UnsyncedRest {
    var count: Int
    /// Bytes of that part that are zero.
    var hole = 0..<0
}
