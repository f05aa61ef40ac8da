internal import ArgumentParser
internal import Glibc
internal import LoadGenerator
internal import Programs

/// The program for people and scripts: everything that talks to a cluster from outside.
@main
struct Skiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skiff",
        abstract: "Works with a cluster of Skiff, a replicated key-value store over HTTP.",
        version: "skiff \(Release.version)",
        subcommands: [Bench.self])

    /// Runs the command that the arguments name, on the main thread: a run of the load generator blocks its thread.
    static func main() {
        OpenFiles.openStandardDescriptors()
        // A closed pipe is reported where it is written to, and is no reason to die before the files are written.
        signal(SIGPIPE, SIG_IGN)
        do {
            try CommandName.check(
                CommandLine.arguments.dropFirst(),
                known: configuration.subcommands.compactMap { $0.configuration.commandName })
            var command = try parseAsRoot()
            try command.run()
        } catch let error as UsageError {
            ProgramExit.leave(Self.self, afterMisuse: error.message)
        } catch {
            ProgramExit.leave(Self.self, after: error, help: "--help")
        }
    }
}
