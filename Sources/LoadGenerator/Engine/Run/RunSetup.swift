/// Values that all event loops of a run share.
struct RunSetup: Sendable {
    let plan: LoadPlan
    let pool: ValuePool
    let keys: SharedKeys
    let control: RunControl
    let board: RunBoard
    /// Part of the marks in values, which only verified runs have.
    let runID: UInt64
    /// Made before the loops, since some patterns take milliseconds to prepare.
    let picker: KeyPicker
    let timeout: UInt64
    let loopCount: Int

    var followsLeader: Bool { plan.spread == .leader }

    /// How many keys the connection owns in a verified run, or fills.
    func ownedKeyCount(connection: Int) -> Int {
        max(0, (plan.keyCount - connection + plan.connections - 1) / plan.connections)
    }
}
