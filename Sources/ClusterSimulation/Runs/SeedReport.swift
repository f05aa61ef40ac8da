/// What came of one seed.
package struct SeedReport: Sendable {
    package let breaches: [String]
    package let events: Int
    package let hash: UInt64
    package let coverage: Coverage
    package let acknowledged: Int
    package let reads: Int
    package let unknown: Int
    /// Too little happened for the seed to prove anything.
    package let isWeak: Bool

    init(_ world: World) {
        breaches = world.referee.breaches
        events = world.events
        hash = world.trace.value
        coverage = world.coverage
        acknowledged = world.served.writes
        reads = world.served.reads
        unknown = world.served.unknown
        isWeak = coverage[.commit] < 50 || coverage[.election] < 2 || world.faultsInEffect == 0
    }

    init(_ world: ControlWorld) {
        breaches = world.referee.breaches
        events = world.events
        hash = world.trace.value
        coverage = world.coverage
        acknowledged = world.oracle.acknowledged
        reads = 0
        unknown = world.oracle.unknown
        isWeak = coverage[.commit] < 50 || coverage[.election] < 2 || world.faultsInEffect == 0
    }
}
