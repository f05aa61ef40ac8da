internal import Glibc

/// The signals with which a failed invariant, an abort or a fault ends the process. They leave it a moment in which the
/// log writes its last lines, which tell how the crash came about.
enum FatalSignals {
    private static let numbers = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE]

    /// The actions for these signals before, such as the runtime's own report of a crash.
    private static let formerActions = numbers.map { number in
        var action = sigaction()
        sigaction(number, nil, &action)
        return action
    }

    /// Call once, when the log is there.
    static func awaitLog() {
        // They are read now, and not in a handler.
        precondition(formerActions.count == numbers.count, "not every signal has a former action")
        for number in numbers {
            var action = sigaction()
            action.__sigaction_handler.sa_sigaction = { number, information, _ in
                FatalSignals.respond(to: number, isFault: (information?.pointee.si_code ?? 0) > 0)
            }
            // A thread whose stack has overflowed has another one for this, or ends at once.
            action.sa_flags = SA_SIGINFO | SA_ONSTACK
            sigaction(number, &action, nil)
        }
    }

    private static func respond(to number: CInt, isFault: Bool) {
        LogWriter.awaitAll()
        guard let index = numbers.firstIndex(of: number) else { return }
        if isFault {
            // It happens again as soon as the handler returns.
            var former = formerActions[index]
            sigaction(number, &former, nil)
        } else {
            // The runtime's report would return to a program in which nothing is wrong, and that would continue.
            signal(number, SIG_DFL)
            raise(number)
        }
    }
}
