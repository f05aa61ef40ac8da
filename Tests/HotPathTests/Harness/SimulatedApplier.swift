import HotPath

/// Holds apply jobs until the simulation lets the apply thread run.
final class SimulatedApplier: Applier {
    var jobs: [ApplyJob] = []
    func submit(_ job: ApplyJob) { jobs.append(job) }
}
