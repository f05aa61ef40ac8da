internal import Glibc

/// Makes a debug build pass for an older or a later release, for tests of upgrades: two environment variables say which
/// feature level it knows, and which it says that it knows. A release build takes no notice of them.
enum TestedFeatureLevel {
    static var known: UInt8? { value(of: "SKIFF_DEBUG_FEATURE_LEVEL") }
    static var announced: UInt8? { value(of: "SKIFF_DEBUG_ANNOUNCED_LEVEL") }

    private static func value(of name: String) -> UInt8? {
        #if DEBUG
        return getenv(name).flatMap { UInt8(String(cString: $0)) }
        #else
        return nil
        #endif
    }
}
