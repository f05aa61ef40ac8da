/// How the key of the next operation is drawn from the numbers `0..<keyCount`.
package enum KeyPattern: Sendable, Equatable {
    case uniform
    /// Scrambled Zipfian, as in YCSB: a few keys take most operations, spread over the whole range. 0 < theta < 1.
    case zipfian(theta: Double)
    /// 0, 1, 2, … over all connections together; after the last one from 0 again.
    case sequential
    /// `operationShare` of the operations go to the first `keyShare` of the keys; both in 0…1.
    case hotSet(keyShare: Double, operationShare: Double)
    /// Zipfian towards the key that was inserted last (YCSB D).
    case latest
}
