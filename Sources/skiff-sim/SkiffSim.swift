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
            the same run. The exit status is 0 if every seed kept what Skiff promises, 1 if one did not, 64 for wrong \
            arguments.
            """,
        version: "skiff-sim \(Release.version)",
        subcommands: [Run.self, Shrink.self, Mutants.self])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            ProgramExit.leave(Self.self, after: error, help: "--help")
        }
    }
}
