/// The units in which people write durations.
package enum DurationUnit: CaseIterable, Hashable, Sendable {
    case microsecond
    case millisecond
    case second
    case minute
    case hour

    /// nil if no unit is written like this.
    package init?(_ name: UnsafeRawBufferPointer) {
        for unit in Self.allCases where name.elementsEqual(unit.nameBytes) {
            self = unit
            return
        }
        return nil
    }

    package init?(_ name: some StringProtocol) {
        var name = String(name)
        guard let unit = name.withUTF8({ DurationUnit(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = unit
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

    private var nameBytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    }
}
