internal import ArgumentParser
internal import FoundationEssentials
internal import Programs
internal import Storage

/// The flags that all parts of `skiffd inspect` have.
struct InspectOptions: ParsableArguments {
    @Option(name: .customLong("data-dir"), help: ArgumentHelp("The directory of the node.", valueName: "path"))
    var directory: String

    @Flag(name: .customLong("json"), help: "JSON, one object a line.")
    var isJSON = false

    func open() throws -> DirectoryInspection { try DirectoryInspection(directory) }

    /// Prints an object in the form that was asked for.
    func show<Value: Encodable>(_ value: Value, _ text: @autoclosure () -> String) throws {
        guard isJSON else { return print(text()) }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// What could not be read goes to standard error, so that the rest is left to a pipe.
    func complain(about inspection: DirectoryInspection) {
        for problem in inspection.problems { Complaint.write(problem, by: "skiffd") }
    }
}
