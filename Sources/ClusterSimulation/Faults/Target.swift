/// Whom a fault meets: a node by its letter, or by its role when the fault comes.
enum Target: Hashable, CustomStringConvertible {
    case node(Int)
    case leader
    /// The n-th of the other running members, from 0.
    case follower(Int)
    /// The first node that is no member.
    case outsider
    /// The first learner.
    case learner

    var description: String {
        switch self {
        case .node(let number): String(UnicodeScalar(UInt8(ascii: "a") + UInt8(number)))
        case .leader: "leader"
        case .follower(let place): "follower\(place)"
        case .outsider: "outsider"
        case .learner: "learner"
        }
    }

    init?(_ text: some StringProtocol) {
        if text == "leader" {
            self = .leader
        } else if text == "outsider" {
            self = .outsider
        } else if text == "learner" {
            self = .learner
        } else if text.hasPrefix("follower"), let place = Int(text.dropFirst("follower".count)) {
            self = .follower(place)
        } else if let letter = text.utf8.first, text.utf8.count == 1, (UInt8(ascii: "a")...UInt8(ascii: "g")) ~= letter
        {
            self = .node(Int(letter - UInt8(ascii: "a")))
        } else {
            return nil
        }
    }
}
