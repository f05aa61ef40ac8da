/// The counts of a simulation up to a moment.
struct Tally {
    private var coverage = Coverage()
    private var acknowledged = 0
    private var reads = 0
    private var unknown = 0
    private var refused = 0

    /// The beginning of a run.
    init() {}

    init(_ simulation: Simulation) {
        coverage = simulation.coverage
        acknowledged = simulation.oracle.acknowledged
        reads = simulation.oracle.readsServed
        unknown = simulation.oracle.unknown
        refused = simulation.oracle.refused
    }

    subscript(counter: ScenarioState.Counter) -> Int {
        switch counter {
        case .coverage(let point): coverage[point]
        case .commits: coverage[.commit]
        case .acknowledged: acknowledged
        case .reads: reads
        case .unknown: unknown
        case .refused: refused
        }
    }
}
