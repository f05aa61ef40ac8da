/// Keys of `kv`: one byte that separates users' records from the store's own, then the key. So no key of a user can
/// name a record of the store.
enum KeyValueKey {
    enum Space: UInt8 {
        /// The store's own records.
        case system = 0
        case user = 1
    }

    /// Above every key.
    static let end: [UInt8] = [2]
    /// At or below every key of a user.
    static let userStart: [UInt8] = [Space.user.rawValue]
    /// The record of the last applied entry (`AppliedRecord`).
    static let applied: [UInt8] = [Space.system.rawValue, 0x61]
    /// The record of members whose data differ (`VerdictsRecord`).
    static let verdicts: [UInt8] = [Space.system.rawValue, 0x76]
}
