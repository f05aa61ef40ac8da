import Foundation
import Glibc
import Synchronization

/// The thread that starts all processes. They are killed when it ends, which is when this process ends, by whatever
/// cause. So no process survives a test that crashes.
final class ProcessLauncher: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Launch: Sendable {
        var executable: String
        var arguments: [String]
        var environment: [String: String]
        var workingDirectory: String
        var standardOutputPath: String
        var standardErrorPath: String
        /// Nil leaves the limits of this process.
        var openFiles: OpenFilesLimit?
        /// Signals that the process ignores from its start, as under `nohup`.
        var ignoredSignals: [Int32] = []
        var closesStandardDescriptors = false
    }

    static let shared = ProcessLauncher()

    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let signal = DispatchSemaphore(value: 0)

    private init() {
        let thread = Thread { [self] in
            while true {
                signal.wait()
                let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                job?()
            }
        }
        thread.start()
    }

    /// Returns the id of the new process.
    func launch(_ launch: Launch) throws(Failure) -> pid_t {
        let outcome = Outcome()
        jobs.withLock { jobs in
            jobs.append {
                let spawned = Self.spawn(launch)
                outcome.result.withLock { $0 = spawned }
                outcome.isThere.signal()
            }
        }
        signal.signal()
        outcome.isThere.wait()
        guard let spawned = outcome.result.withLock({ $0 }) else { throw Failure(description: "nothing was started") }
        return try spawned.get()
    }

    private final class Outcome: Sendable {
        let result = Mutex<Result<pid_t, Failure>?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    private static func spawn(_ launch: Launch) -> Result<pid_t, Failure> {
        // Each of these programs replaces itself by the next one, so the process id is finally that of the server.
        var words = [Programs.env, "--chdir=\(launch.workingDirectory)"]
        if let setpriv = Programs.setpriv { words += [setpriv, "--pdeathsig", "KILL", "--"] }
        if let openFiles = launch.openFiles { words += openFiles.wrapper }
        if launch.closesStandardDescriptors {
            words += ["/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]
        }
        words += [launch.executable] + launch.arguments
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, launch.standardOutputPath, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, launch.standardErrorPath, flags, 0o600)

        // The test process may block or ignore signals; a node must not inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        for signal in launch.ignoredSignals { sigdelset(&all, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let arguments = words.map { strdup($0) } + [nil]
        let environment = launch.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        let former = launch.ignoredSignals.map { Glibc.signal($0, SIG_IGN) }
        defer { for (number, handler) in zip(launch.ignoredSignals, former) { Glibc.signal(number, handler) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, arguments, environment)
        guard code == 0 else {
            return .failure(Failure(description: "\(words[0]) was not started: \(String(cString: strerror(code)))"))
        }
        return .success(pid)
    }
}
