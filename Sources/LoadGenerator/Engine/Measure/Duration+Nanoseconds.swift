extension Duration {
    /// Clamped to 0 and to about 290 years.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow || whole > UInt64.max / 4 { return UInt64.max / 4 }
        return whole + UInt64(attoseconds / 1_000_000_000)
    }
}
