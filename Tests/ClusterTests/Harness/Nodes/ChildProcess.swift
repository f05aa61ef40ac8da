import Foundation
import Glibc
import Synchronization

/// One process that a test started, from its start to its exit status: a node or the load generator.
final class ChildProcess: Sendable {
    enum ExitStatus: Equatable {
        /// The process returned or called `exit`.
        case code(Int32)
        /// A signal ended the process.
        case signal(Int32)
    }

    private struct State {
        var exitStatus: ExitStatus?
        /// Whether a test asked for the end of this process, which then is no accident.
        var isMeantToEnd = false
    }

    let pid: pid_t
    private let state = Mutex(State())
    private let life = DispatchGroup()

    init(_ launch: ProcessLauncher.Launch) throws {
        pid = try ProcessLauncher.shared.launch(launch)
        life.enter()
        let reaper = Thread { [self] in
            let status = awaitEnd()
            state.withLock { state in
                // Until here the number belongs to this process, so no signal can reach another one.
                var ignored: Int32 = 0
                waitpid(pid, &ignored, 0)
                state.exitStatus = status
            }
            life.leave()
        }
        reaper.stackSize = 64 << 10
        reaper.start()
    }

    var exitStatus: ExitStatus? { state.withLock { $0.exitStatus } }
    var isRunning: Bool { exitStatus == nil }
    /// Whether it has ended although no test asked for that.
    var hasDied: Bool { state.withLock { $0.exitStatus != nil && !$0.isMeantToEnd } }

    /// Does nothing if the process has ended. After `SIGSTOP` every thread of the process stands still.
    func send(_ signal: Int32) {
        state.withLock { state in
            guard state.exitStatus == nil else { return }
            if signal != SIGSTOP, signal != SIGCONT { state.isMeantToEnd = true }
            _ = Glibc.kill(pid, signal)
            if signal == SIGSTOP { awaitStop() }
        }
    }

    /// The signal only asks for it: until each thread has met it, the others go on serving (signal(7), waitid(2)).
    private func awaitStop() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WSTOPPED | WEXITED | WNOWAIT) != 0 {
            guard errno == EINTR else { preconditionFailure("process \(pid) cannot be waited for: \(errno)") }
        }
    }

    /// Declares that this process ends by itself.
    func expectEnd() { state.withLock { $0.isMeantToEnd = true } }

    /// Nil if the process still runs after this time.
    func waitForExit(within limit: Duration = .seconds(30)) -> ExitStatus? {
        _ = life.wait(timeout: .now() + limit.milliseconds / 1e3)
        return exitStatus
    }

    /// Ends the process immediately and waits until it is gone.
    func kill() {
        send(SIGKILL)
        life.wait()
    }

    private func awaitEnd() -> ExitStatus {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 {
            guard errno == EINTR else { preconditionFailure("process \(pid) cannot be waited for: \(errno)") }
        }
        let value = info._sifields._sigchld.si_status
        return info.si_code == Int32(CLD_EXITED) ? .code(value) : .signal(value)
    }
}
