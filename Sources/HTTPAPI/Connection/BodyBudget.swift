/// How much of request bodies the connections of one loop hold.
struct BodyBudget {
    private(set) var bytes = 0

    /// False, with nothing taken, if the limit would be passed.
    mutating func take(_ count: Int) -> Bool {
        guard bytes + count <= HTTPLimits.collectedBytesMax else { return false }
        bytes += count
        return true
    }

    /// For what was counted already, in another form.
    mutating func takeAnyway(_ count: Int) { bytes += count }

    mutating func giveBack(_ count: Int) {
        bytes -= count
        precondition(bytes >= 0, "more bytes of bodies were given back than taken")
    }
}
