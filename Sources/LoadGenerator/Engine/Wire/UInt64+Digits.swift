extension UInt64 {
    /// Decimal digits without leading zeros.
    var decimalDigits: Int {
        var digits = 1
        var rest = self
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }
}
