/// What came of one seed.
package struct SeedReport: Sendable {
    package let breaches: [String]
    package let events: Int
    package let hash: UInt64
    package let coverage: Coverage
    /// Nanoseconds of the simulation.
    package let duration: UInt64
    package let acknowledged: Int
    package let unknown: Int
    package let refused: Int
    package let reads: Int
    package let staleReads: Int
    /// Too little happened for the seed to prove anything.
    package let isWeak: Bool

    init(_ simulation: Simulation) {
        breaches = simulation.referee.breaches
        events = simulation.events
        hash = simulation.trace.value
        coverage = simulation.coverage
        duration = simulation.now
        acknowledged = simulation.oracle.acknowledged
        unknown = simulation.oracle.unknown
        refused = simulation.oracle.refused
        reads = simulation.oracle.readsServed
        staleReads = simulation.oracle.staleReadsServed
        isWeak =
            simulation.coverage[.commit] < 50 || simulation.coverage[.election] < 2 || simulation.faultsInEffect == 0
    }
}
