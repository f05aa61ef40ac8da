/// Stands on one key of a family after the other. Sees the state as of its creation. One thread.
package protocol EngineIterator: AnyObject {
    /// Whether the iterator stands on a key.
    var isValid: Bool { get }

    /// The key, until the iterator moves. Precondition: `isValid`.
    var key: UnsafeRawBufferPointer { get }

    /// The value, until the iterator moves. Precondition: `isValid`.
    var value: UnsafeRawBufferPointer { get }

    func seekToFirst()

    func seekToLast()

    /// Moves to the first key at or after `key`.
    func seek(to key: UnsafeRawBufferPointer)

    /// Precondition: `isValid`.
    func next()

    /// Throws the error that stopped the iterator, if there is one. Call whenever the iterator has become invalid.
    func checkStatus() throws(EngineError)
}
