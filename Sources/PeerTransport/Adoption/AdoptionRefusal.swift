/// Why a node does not give up its history. The raw values are on the wire.
package enum AdoptionRefusal: UInt8, Hashable, Sendable {
    /// Another node, or another process of it, than the request means.
    case otherNode = 1
    /// It holds user data and the request carries no consent to their loss.
    case holdsUserData = 2
    /// It has fellow members in a cluster of its own.
    case memberOfOtherCluster = 3
    case shuttingDown = 4
    case `internal` = 5
    /// It is being taken in by another request, or does not come to rest: try again.
    case busy = 6
    /// The consent is not the one that was given on it.
    case wrongConsent = 7
}
