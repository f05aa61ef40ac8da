internal import ArgumentParser
internal import Programs
internal import SkiffServer

/// The server program. It only wires: arguments become a `ServerConfiguration`, and that becomes a `Server`.
@main
struct Skiffd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skiffd",
        abstract: "A node of Skiff, a replicated key-value store over HTTP.",
        discussion: """
            Without a subcommand, skiffd runs a node, as skiffd serve does. All settings of a node:

              skiffd serve --help

            Three nodes on one machine, each in its own terminal, and the two calls that make them a cluster:

              skiffd --node-id node1 --http-port 2221 --raft-port 1111 --data-dir ./node1
              skiffd --node-id node2 --http-port 2222 --raft-port 1112 --data-dir ./node2
              skiffd --node-id node3 --http-port 2223 --raft-port 1113 --data-dir ./node3
              curl localhost:2221/raft/join -H 'Content-Type: application/json' \\
                -d '{"node_id":"node2","raft_address":"127.0.0.1:1112"}'
              curl localhost:2221/raft/join -H 'Content-Type: application/json' \\
                -d '{"node_id":"node3","raft_address":"127.0.0.1:1113"}'
            """,
        version: "skiffd \(Release.version)",
        subcommands: [Serve.self, Health.self, GiveConsent.self, Inspect.self],
        defaultSubcommand: Serve.self)

    /// Runs the command that the arguments name. Every failure leaves through `ProgramExit`, which keeps it to a line.
    static func main() async {
        // That of a command other than serve.
        let first = CommandLine.arguments.dropFirst().first
        let name = configuration.subcommands.contains { $0.configuration.commandName == first } ? first : nil
        // A health check that is stopped has not found the node healthy, and a look at a disk ends at once.
        if name == nil { StopSignals.prepare() }
        OpenFiles.openStandardDescriptors()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ConfigurationError {
            ProgramExit.leave(Self.self, afterMisuse: "\(error)")
        } catch {
            ProgramExit.leave(Self.self, after: error, help: "skiffd \(name ?? "serve") --help")
        }
    }
}
