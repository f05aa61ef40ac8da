import LoadGenerator
import Testing

@testable import skiff

@Suite("A word that is no command")
struct CommandNameTests {
    @Test(
        "A word close to a command leads to it, another one to the list",
        arguments: [
            ("benchh", "'benchh' is no command of skiff: did you mean bench? (see --help)"),
            ("bnch", "'bnch' is no command of skiff: did you mean bench? (see --help)"),
            ("Bench", "'Bench' is no command of skiff: did you mean bench? (see --help)"),
            ("kv", "'kv' is no command of skiff: there is bench (see --help)"),
            ("", "'' is no command of skiff: there is bench (see --help)"),
        ])
    func unknown(word: String, message: String) {
        #expect(throws: UsageError(message)) { try CommandName.check([word, "get"], known: ["bench"]) }
    }

    @Test(
        "Commands, flags and nothing at all are left to the parser", arguments: [["bench"], ["help"], ["--help"], []])
    func known(arguments: [String]) throws {
        try CommandName.check(arguments, known: ["bench"])
    }
}
