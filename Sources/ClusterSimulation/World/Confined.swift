/// A value that one thread alone uses although the ports of a node ask for `Sendable`: a simulation and all that it
/// owns live on the thread that runs it.
struct Confined<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
