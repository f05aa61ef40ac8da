internal import ArgumentParser
internal import Storage

/// `skiffd inspect check`.
struct InspectCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read the whole log and all records, and say what is wrong. A start reads less.")

    @OptionGroup var options: InspectOptions

    func run() throws {
        let check = try options.open().check()
        try options.show(check, check.lines.joined(separator: "\n"))
    }
}
