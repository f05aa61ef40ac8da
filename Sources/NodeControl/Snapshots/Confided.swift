/// A value that one thread hands to another one, which is the only one to use it from then on.
///
/// `@unchecked Sendable`: whoever has it touches `value` on the thread for snapshots only, where one piece of work
/// follows the other.
final class Confided<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
