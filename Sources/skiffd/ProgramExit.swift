import ArgumentParser
import Bytes
import Glibc
import SkiffServer

/// How the program ends when something is wrong: one line on standard error, and a status that tells a supervisor
/// whether a restart may help. 64 (`EX_USAGE`): the arguments or the configuration are wrong, and stay so. 1: the rest.
enum ProgramExit {
    static func leave(after error: any Error) -> Never {
        if let error = error as? ConfigurationError {
            complain("\(error)")
            exit(EX_USAGE)
        }
        let code = Skiffd.exitCode(for: error)
        switch code {
        case .success:
            // Help and version are errors to the parser.
            Skiffd.exit(withError: error)
        case .validationFailure:
            complain(Skiffd.message(for: error) + " (see skiffd serve --help)")
            exit(EX_USAGE)
        default:
            complain("\(error)")
            exit(EXIT_FAILURE)
        }
    }

    private static func complain(_ message: String) {
        let line = Array("skiffd: \(message.onOneLine)\n".utf8)
        // The program ends now; there is nobody to tell that standard error is closed.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
