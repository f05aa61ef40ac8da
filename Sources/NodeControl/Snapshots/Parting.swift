/// The last reference to something whose end may block, on its way to a thread where that does no harm.
///
/// `@unchecked Sendable`: the sender does not touch it after it is sent.
final class Parting<Value>: @unchecked Sendable {
    private var value: Value?

    init(_ value: Value) { self.value = value }

    func take() { value = nil }
}
