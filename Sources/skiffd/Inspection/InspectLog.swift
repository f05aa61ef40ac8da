internal import ArgumentParser
internal import Storage

/// `skiffd inspect log`.
struct InspectLog: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "log", abstract: "Show entries of the Raft log.")

    @OptionGroup var options: InspectOptions

    @Option(name: .customLong("from"), help: "The first entry.")
    var first: UInt64 = 1

    @Option(name: .customLong("to"), help: "The last entry. (default: the last one there is)")
    var last: UInt64?

    @Option(help: "At most so many entries.")
    var limit = 100

    func run() throws {
        let inspection = try options.open()
        var outcome = Result<Void, any Error>.success(())
        inspection.forEachEntry(from: first, through: last ?? .max, limit: limit) { entry in
            outcome = outcome.flatMap { Result { try options.show(entry, entry.text) } }
        }
        try outcome.get()
        options.complain(about: inspection)
    }
}
