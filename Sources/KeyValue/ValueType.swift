/// How to interpret the bytes of a value.
package enum ValueType: UInt8, Sendable {
    /// JSON text, stored by `POST /store`.
    case json = 1
    /// Raw bytes, stored by `PUT /v1/kv/{key}`.
    case bytes = 2
}
