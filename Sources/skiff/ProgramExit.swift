internal import ArgumentParser
internal import Glibc
internal import LoadGenerator

/// How the program ends when a command threw: with the status that the command chose, or with one line on standard
/// error and 64 (`EX_USAGE`) if the arguments are wrong.
enum ProgramExit {
    static func leave(after error: any Error) -> Never {
        if let status = error as? ExitCode { exit(status.rawValue) }
        if let error = error as? UsageError {
            Console.complain(error.message)
            exit(BenchExit.usage.rawValue)
        }
        // Help and version are errors to the parser.
        guard Skiff.exitCode(for: error) == .validationFailure else { Skiff.exit(withError: error) }
        Console.complain(Skiff.message(for: error) + " (see --help)")
        exit(BenchExit.usage.rawValue)
    }
}
