internal import ArgumentParser
internal import Programs

/// The program that tries Skiff where no machine could: whole clusters on simulated clocks, networks and disks.
@main
struct SkiffSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skiff-sim",
        abstract: "Plays whole clusters of Skiff in one thread, with faults drawn from seeds.",
        discussion: """
            A seed stands for a cluster, its clients and everything that fails: the same seed and the same code give \
            the same run.

              skiff-sim run --seeds 2000                          seeds 1 to 2000
              skiff-sim run --seed 812 --profile swarm --trace    one seed, as a table
              skiff-sim shrink --seed 812 --profile swarm         the faults that it needs, as a scenario
              skiff-sim play FILE                                 a scenario

            Exit status: 0 no promise was broken, 1 one was, 64 wrong arguments; ended by a signal if an invariant of \
            the code broke.
            """,
        version: "skiff-sim \(Release.version)",
        subcommands: [Run.self, Play.self, Shrink.self, Mutants.self])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            ProgramExit.leave(Self.self, after: error, help: "--help")
        }
    }
}
