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

    // MARK: Sets of nodes

    /// The letters of the nodes whose bits are set.
    static func letters(of set: Int) -> String {
        (0..<Schedule.nodeCountMax).filter { set & (1 << $0) != 0 }.map { "\(Target.node($0))" }.joined()
    }

    /// The set that some letters say; nil if one is not that of a node.
    static func set(of letters: String) -> Int? {
        var set = 0
        for letter in letters.utf8 {
            let number = Int(letter) - Int(UInt8(ascii: "a"))
            guard (0..<Schedule.nodeCountMax) ~= number else { return nil }
            set |= 1 << number
        }
        return set
    }
}
