/// Which parameters a query has named so far.
struct SeenParameters {
    private var bits: UInt32 = 0

    /// False if it is there already.
    mutating func insert(_ parameter: Parameter) -> Bool {
        let bit: UInt32 = 1 << UInt32(parameter.rawValue)
        defer { bits |= bit }
        return bits & bit == 0
    }
}
