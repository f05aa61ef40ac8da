package import ArgumentParser
internal import Glibc

/// How a program ends when something is wrong: with one line on standard error, and a status that tells a supervisor
/// whether another start may help.
///
/// 64 (`EX_USAGE`): the arguments or the settings are wrong, and stay so. 1: the rest.
package enum ProgramExit {
    /// After an error that the command of `program`, or the parser of its arguments, threw. A command may choose the
    /// status itself by an `ExitCode`. `help` is the call that explains the arguments.
    package static func leave<Program: ParsableCommand>(
        _ program: Program.Type, after error: any Error, help: String
    ) -> Never {
        if let status = error as? ExitCode { exit(status.rawValue) }
        switch program.exitCode(for: error) {
        case .success:
            // Help and version are errors to the parser.
            program.exit(withError: error)
        case .validationFailure:
            leave(program, afterMisuse: program.message(for: error) + " (see \(help))")
        default:
            Complaint.write("\(error)", by: name(of: program))
            exit(EXIT_FAILURE)
        }
    }

    /// After arguments or settings that the program itself found wrong.
    package static func leave<Program: ParsableCommand>(_ program: Program.Type, afterMisuse message: String) -> Never {
        Complaint.write(message, by: name(of: program))
        exit(EX_USAGE)
    }

    private static func name<Program: ParsableCommand>(of program: Program.Type) -> String {
        program.configuration.commandName ?? "\(program)"
    }
}
