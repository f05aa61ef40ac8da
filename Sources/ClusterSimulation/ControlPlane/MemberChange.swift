/// A change of what one machine is in the cluster, and the requests that may have made it.
struct MemberChange {
    enum What: Equatable { case dropsHistory, enters, isPromoted, leaves }

    let what: What
    let machine: Int
    let time: UInt64
    /// By their places in the list of all requests.
    var causes: [Int]
}
