internal import Glibc
internal import UnixSignals

/// The signals on which a node stops in good order, and what becomes of the others.
///
/// A second one changes nothing, because service managers send several (systemd SIGTERM and SIGHUP). SIGQUIT and the
/// signals of a crash keep their meaning; a node may be killed at any time.
package enum StopSignals {
    /// Call first of all, before the arguments are read. Until the node takes over, each of the signals that ask it to
    /// stop ends the process with the status of a clean stop: nobody has been promised anything yet, and whoever starts
    /// a container and stops it at once must not find a failure.
    package static func prepare() {
        // A closed pipe is reported where it is written to.
        ignore(SIGPIPE)
        // By default they end a process, and scripts send them to daemons to make them reopen their logs.
        ignore(SIGUSR1)
        ignore(SIGUSR2)
        for number in [SIGTERM, SIGINT] { endAtOnce(number) }
        // `nohup` starts a program that must outlive its terminal with this signal ignored.
        if !isIgnored(SIGHUP) { endAtOnce(SIGHUP) }
    }

    /// Those that ask this process to stop. Call after `prepare`.
    static var all: [UnixSignal] { isIgnored(SIGHUP) ? [.sigterm, .sigint] : [.sigterm, .sigint, .sighup] }

    private static func ignore(_ number: CInt) { signal(number, SIG_IGN) }

    private static func endAtOnce(_ number: CInt) { signal(number) { _ in _exit(EXIT_SUCCESS) } }

    private static func isIgnored(_ number: CInt) -> Bool {
        var current = sigaction()
        guard sigaction(number, nil, &current) == 0 else { return false }
        let handler = unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self)
        return handler == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
