internal import Glibc

/// An invariant of the product that breaks stops the process, and the simulator with it. Then this says which seed it
/// was: what a signal handler may do is write bytes that lie ready.
enum CrashNote {
    private static let slots = 64
    private static let lineBytes = 256

    /// The line of each thread that plays, and the threads; a slot is taken once and kept.
    nonisolated(unsafe) private static let lines = UnsafeMutablePointer<UInt8>.allocate(capacity: slots * lineBytes)
    nonisolated(unsafe) private static let threads = UnsafeMutablePointer<pthread_t>.allocate(capacity: slots)

    /// Call once, before any thread plays.
    static func install() {
        lines.initialize(repeating: 0, count: slots * lineBytes)
        threads.initialize(repeating: 0, count: slots)
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS] {
            signal(number) { number in
                CrashNote.write()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// The calling thread plays what `replay` plays again.
    static func thisThreadPlays(_ replay: String) {
        let thread = pthread_self()
        guard let slot = (0..<slots).first(where: { threads[$0] == thread || threads[$0] == 0 }) else { return }
        let text = Array("BROKEN: an invariant of the code, which ends the process\nreplay: \(replay)\n".utf8)
        for place in 0..<lineBytes {
            lines[slot * lineBytes + place] = place < min(text.count, lineBytes - 1) ? text[place] : 0
        }
        threads[slot] = thread
    }

    private static func write() {
        let thread = pthread_self()
        for slot in 0..<slots where threads[slot] == thread {
            let line = lines + slot * lineBytes
            _ = Glibc.write(STDOUT_FILENO, line, strlen(UnsafeRawPointer(line).assumingMemoryBound(to: CChar.self)))
        }
    }
}
