internal import ArgumentParser
internal import Storage

/// `skiffd inspect files`.
struct InspectFiles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "List the files with their sizes, and what each is.")

    @OptionGroup var options: InspectOptions

    func run() throws {
        let inspection = try options.open()
        for file in inspection.listedFiles() { try options.show(file, file.text) }
        options.complain(about: inspection)
    }
}
