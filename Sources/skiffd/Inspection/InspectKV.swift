internal import ArgumentParser
internal import Programs
internal import Storage

/// `skiffd inspect kv`.
struct InspectKV: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kv",
        abstract: "Show keys and records.",
        discussion: """
            As of the last table that entered the database: the entries of the log after the applied one (`meta`) \
            are not in it yet, and a start applies them.
            """)

    @OptionGroup var options: InspectOptions

    @Option(help: "Only keys that begin with this.")
    var prefix = ""

    @Option(help: "At most so many records.")
    var limit = 100

    func run() throws {
        let inspection = try options.open()
        var outcome = Result<Void, any Error>.success(())
        inspection.forEachRecord(prefix: Array(prefix.utf8), limit: limit) { record in
            outcome = outcome.flatMap { Result { try options.show(record, record.text) } }
        }
        try outcome.get()
        // Who looks for a key that was written a moment ago must not take it for lost.
        if let notApplied = inspection.meta().notApplied { Complaint.write(notApplied, by: "skiffd") }
        options.complain(about: inspection)
    }
}
