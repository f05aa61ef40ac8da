internal import ArgumentParser
internal import Storage

/// `skiffd inspect meta`.
struct InspectMeta: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meta",
        abstract: "Show what the node is, its term and vote, where log and data end, and what is wrong.")

    @OptionGroup var options: InspectOptions

    func run() throws {
        let meta = try options.open().meta()
        try options.show(meta, meta.lines.joined(separator: "\n"))
    }
}
