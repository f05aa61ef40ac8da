/// The units in which people write durations.
package enum DurationUnit: CaseIterable, Hashable, Sendable {
    case microsecond
    case millisecond
    case second
    case minute
    case hour

    /// nil if no unit is written like this.
    package init?(_ name: UnsafeRawBufferPointer) {
        // Without `allCases`, which would be a new array: this is asked for each request with its own timeout.
        switch (name.first, name.dropFirst().first, name.count) {
        case (UInt8(ascii: "u"), UInt8(ascii: "s"), 2): self = .microsecond
        case (UInt8(ascii: "m"), UInt8(ascii: "s"), 2): self = .millisecond
        case (UInt8(ascii: "s"), nil, 1): self = .second
        case (UInt8(ascii: "m"), nil, 1): self = .minute
        case (UInt8(ascii: "h"), nil, 1): self = .hour
        default: return nil
        }
    }

    package init?(_ name: some StringProtocol) {
        var name = String(name)
        guard let unit = name.withUTF8({ DurationUnit(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = unit
    }

    /// All of them, or those from a smallest one on, as a sentence lists them.
    package static func names(from smallest: DurationUnit = .microsecond) -> String {
        let names = allCases.drop { $0 != smallest }.map { "\($0.name)" }
        return "\(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")"
    }

    package var name: StaticString {
        switch self {
        case .microsecond: "us"
        case .millisecond: "ms"
        case .second: "s"
        case .minute: "m"
        case .hour: "h"
        }
    }

    package var nanoseconds: UInt64 {
        switch self {
        case .microsecond: 1_000
        case .millisecond: 1_000_000
        case .second: 1_000_000_000
        case .minute: 60_000_000_000
        case .hour: 3_600_000_000_000
        }
    }
}
