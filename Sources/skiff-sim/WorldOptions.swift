internal import ArgumentParser
internal import ClusterSimulation
internal import RaftCore

/// The options that all seeds of a run share.
struct WorldOptions: ParsableArguments {
    @Option(help: "The faults that seeds draw from; without it the standard profiles take turns.")
    var profile: Profile?

    @Option(help: "A bug to switch on, in builds that have them: the simulation must find it.")
    var mutant: Mutant?

    func validate() throws { try Self.check(mutant) }

    static func check(_ mutant: Mutant?) throws {
        if mutant != nil, !SeedRun.hasMutants {
            throw ValidationError("this build has no bugs to switch on: use a debug build, or compile with -D MUTANTS")
        }
    }

    /// The command that plays one seed again, with all that happens.
    func replay(_ seed: UInt64, _ profile: Profile) -> String {
        let bug = mutant.map { " --mutant \($0.rawValue)" } ?? ""
        return "skiff-sim run --seed \(seed) --profile \(profile.rawValue)\(bug) --trace"
    }
}

extension Profile: ExpressibleByArgument {}
extension Mutant: ExpressibleByArgument {}
