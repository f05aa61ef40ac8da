/// The units in which sizes are written.
enum SizeUnit: String, CaseIterable {
    case kibibyte = "KiB"
    case mebibyte = "MiB"
    case gibibyte = "GiB"
    case tebibyte = "TiB"

    var bytes: Int {
        switch self {
        case .kibibyte: 1 << 10
        case .mebibyte: 1 << 20
        case .gibibyte: 1 << 30
        case .tebibyte: 1 << 40
        }
    }

    /// In the largest unit that leaves no fraction. Precondition: whole KiB.
    static func text(_ bytes: Int) -> String {
        guard let unit = allCases.last(where: { bytes % $0.bytes == 0 }) else {
            preconditionFailure("\(bytes) bytes are not whole KiB")
        }
        return "\(bytes / unit.bytes)\(unit.rawValue)"
    }
}
