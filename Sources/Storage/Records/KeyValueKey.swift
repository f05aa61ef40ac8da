/// Keys of `kv`: one byte that separates users' records from the store's own, then the key. So no key of a user can
/// name a record of the store.
enum KeyValueKey {
    static let systemPrefix: UInt8 = 0
    static let userPrefix: UInt8 = 1
    /// Above every key.
    static let end: [UInt8] = [2]
    /// At or below every key of a user.
    static let userStart: [UInt8] = [userPrefix]
    /// The record of the last applied entry (`AppliedRecord`).
    static let applied: [UInt8] = [systemPrefix, 0x61]
}
