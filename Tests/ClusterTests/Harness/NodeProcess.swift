import Foundation
import Glibc
import Synchronization

/// One process that a test started, from its start to its exit status.
final class NodeProcess: Sendable {
    enum ExitStatus: Equatable {
        /// It returned or called `exit`.
        case code(Int32)
        /// A signal ended it.
        case signal(Int32)
    }

    private struct State {
        var exitStatus: ExitStatus?
        /// A test has asked for the end of this process, so that it is no accident.
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
                // The number belongs to this process until here, so that no signal can meet another one.
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
    /// It has ended, and no test wanted that.
    var hasDied: Bool { state.withLock { $0.exitStatus != nil && !$0.isMeantToEnd } }

    /// Without effect if the process has ended.
    func send(_ signal: Int32) {
        state.withLock { state in
            guard state.exitStatus == nil else { return }
            if signal != SIGSTOP, signal != SIGCONT { state.isMeantToEnd = true }
            _ = Glibc.kill(pid, signal)
        }
    }

    /// Declares that this process ends by itself.
    func expectEnd() { state.withLock { $0.isMeantToEnd = true } }

    /// Nil if it still runs after that time.
    func waitForExit(within limit: Duration) -> ExitStatus? {
        _ = life.wait(timeout: .now() + limit.milliseconds / 1e3)
        return exitStatus
    }

    /// Ends it without a chance to do anything more, and waits until it is gone.
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
