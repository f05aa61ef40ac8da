/// What the leader of a term has shown by talking to this server: that it counts it as a member. Leaders send entries
/// to the members of their latest configuration only.
struct CountedIn {
    var term = Term.zero
    /// The last entry, at least, that the leader's log had by then.
    var through = LogIndex.zero
}
