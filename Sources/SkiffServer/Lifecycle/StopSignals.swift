internal import Glibc
internal import UnixSignals

/// The signals on which a node stops in good order, and what becomes of the others.
///
/// A second one changes nothing, because service managers send several (systemd SIGTERM and SIGHUP). SIGQUIT and the
/// signals of a crash keep their meaning; a node may be killed at any time.
enum StopSignals {
    /// Sets up how this process treats signals. Returns those that ask it to stop.
    static func prepare() -> [UnixSignal] {
        // A closed pipe is reported where it is written to.
        ignore(SIGPIPE)
        // By default they end a process, and scripts send them to daemons to make them reopen their logs.
        ignore(SIGUSR1)
        ignore(SIGUSR2)
        // `nohup` starts a program that must outlive its terminal with this signal ignored.
        return isIgnored(SIGHUP) ? [.sigterm, .sigint] : [.sigterm, .sigint, .sighup]
    }

    private static func ignore(_ number: CInt) { signal(number, SIG_IGN) }

    private static func isIgnored(_ number: CInt) -> Bool {
        let former = signal(number, SIG_IGN)
        let isIgnored = unsafeBitCast(former, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        if !isIgnored { signal(number, former) }
        return isIgnored
    }
}
