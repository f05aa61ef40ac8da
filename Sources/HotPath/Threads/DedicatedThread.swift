internal import Glibc

/// A thread of the operating system with a name, for work that blocks in the disk. Ends when its body returns; `join`
/// waits for that.
package final class DedicatedThread: Sendable {
    private let handle: pthread_t

    /// `name` shows in tools such as `top -H`; at most 15 bytes.
    package init(name: String, run: @escaping @Sendable () -> Void) {
        precondition(name.utf8.count <= 15, "the thread name \(name) is too long for the kernel")
        handle = startThread(ThreadBody(name: name, run: run))
    }

    /// Runs the body on a thread that nobody waits for. False if the system has no thread to give.
    package static func runDetached(name: String, run: @escaping @Sendable () -> Void) -> Bool {
        precondition(name.utf8.count <= 15, "the thread name \(name) is too long for the kernel")
        var handle = pthread_t()
        let body = Unmanaged.passRetained(ThreadBody(name: name, run: run))
        guard pthread_create(&handle, nil, threadMain, body.toOpaque()) == 0 else {
            body.release()
            return false
        }
        pthread_detach(handle)
        return true
    }

    /// Waits until the body has returned. Once.
    package func join() {
        let status = pthread_join(handle, nil)
        precondition(status == 0, "a thread could not be joined: error \(status)")
    }
}

/// Carries a name and a closure through the `void *` of the C library.
private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

private func startThread(_ body: ThreadBody) -> pthread_t {
    var handle = pthread_t()
    let argument = Unmanaged.passRetained(body).toOpaque()
    let status = pthread_create(&handle, nil, threadMain, argument)
    precondition(status == 0, "the thread \(body.name) could not be started: error \(status)")
    return handle
}

private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { preconditionFailure("a thread was started without its body") }
    let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    nameCurrentThread(body.name)
    body.run()
    return nil
}

/// The kernel's own file for the name, because the C function for it needs a macro that Swift does not set.
/// A thread without a name works as well, so a failure is of no interest.
private func nameCurrentThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY)
    guard file >= 0 else { return }
    _ = name.withCString { write(file, $0, strlen($0)) }
    close(file)
}
