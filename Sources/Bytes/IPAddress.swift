/// An IP address as people write it, so that two spellings of one address are equal. An IPv4 address that is written as
/// an IPv6 address, `::ffff:10.0.0.7`, is the IPv4 address.
package enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    /// The zone, such as `eth0` of `fe80::1%eth0`, means something on one machine only; empty if there is none.
    case v6(high: UInt64, low: UInt64, zone: String)

    /// Nil if the text is no address. Of IPv4 only four decimal numbers are one, not the shorter forms that `inet_aton`
    /// also reads, and an IPv6 address stands without brackets.
    package init?(parsing text: some StringProtocol) {
        if let address = Self.v4(text) {
            self = .v4(address)
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let (high, low) = Self.v6(parts[0]) else { return nil }
        let zone = parts.count == 2 ? String(parts[1]) : ""
        guard parts.count == 1 || Self.isZone(zone) else { return nil }
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        self = isMapped ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(high: high, low: low, zone: zone)
    }

    /// Every interface of the machine that listens there, and no machine to anybody who connects.
    package var isUnspecified: Bool {
        switch self {
        case .v4(let address): address >> 24 == 0
        case .v6(let high, let low, _): high == 0 && low == 0
        }
    }

    /// A group of machines or all of them: no TCP connection leads there.
    package var isOfMany: Bool {
        switch self {
        case .v4(let address): address >> 28 == 0xE || address == .max
        case .v6(let high, _, _): high >> 56 == 0xFF
        }
    }

    /// A link-local address (RFC 4291, 2.5.6) without the interface: the system cannot know which link is meant.
    package var lacksZone: Bool {
        switch self {
        case .v4: false
        case .v6(let high, _, let zone): high >> 54 == 0x3FA && zone.isEmpty
        }
    }

    /// What `localhost` stands for, in either family.
    var isLocalhost: Bool {
        switch self {
        case .v4(let address): address == 0x7F00_0001
        case .v6(let high, let low, _): high == 0 && low == 1
        }
    }

    // MARK: Parsing

    private static func v4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            // A leading zero would make the number octal to some readers.
            guard let number = WholeNumber.parse(part), number <= 255, part.utf8.count == 1 || part.first != "0" else {
                return nil
            }
            address = address << 8 | UInt32(number)
        }
        return address
    }

    /// RFC 4291, 2.2: eight groups, a run of zero groups as `::`, and the last two groups perhaps as an IPv4 address.
    private static func v6(_ text: some StringProtocol) -> (high: UInt64, low: UInt64)? {
        guard let gap = text.firstGap else {
            guard let groups = groups(text, mayEndInIPv4: true), groups.count == 8 else { return nil }
            return words(groups)
        }
        guard let left = groups(text[..<gap], mayEndInIPv4: false),
            let right = groups(text[text.index(gap, offsetBy: 2)...], mayEndInIPv4: true),
            left.count + right.count < 8
        else { return nil }
        return words(left + Array(repeating: 0, count: 8 - left.count - right.count) + right)
    }

    /// The groups of one side of the gap; none for an empty text.
    private static func groups(_ text: some StringProtocol, mayEndInIPv4: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (position, part) in parts.enumerated() {
            if mayEndInIPv4, position == parts.count - 1, let address = v4(part) {
                groups.append(UInt16(address >> 16))
                groups.append(UInt16(truncatingIfNeeded: address))
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func words(_ groups: [UInt16]) -> (high: UInt64, low: UInt64) {
        let word = { (groups: ArraySlice<UInt16>) in groups.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
        return (word(groups[..<4]), word(groups[4...]))
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        WholeNumber.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    /// The name or number of an interface.
    private static func isZone(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"%[]/\\\"'".utf8.contains($0) }
    }
}

extension StringProtocol {
    /// Where the one `::` begins; nil if there is none. A second one leaves an empty group, which is none.
    fileprivate var firstGap: Index? {
        var place = startIndex
        while place < endIndex {
            let next = index(after: place)
            if self[place] == ":", next < endIndex, self[next] == ":" { return place }
            place = next
        }
        return nil
    }
}
