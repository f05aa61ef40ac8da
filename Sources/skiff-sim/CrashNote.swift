internal import Glibc
internal import Synchronization

/// An invariant of the product that breaks stops the process, and the simulator with it. Then this says which seed it
/// was: what a signal handler may do is write bytes that lie ready.
enum CrashNote {
    static let slots = 64
    private static let lineBytes = 512

    /// The line of each thread that plays, and the threads; a slot is taken once and kept.
    nonisolated(unsafe) private static let lines = UnsafeMutablePointer<UInt8>.allocate(capacity: slots * lineBytes)
    nonisolated(unsafe) private static let threads = UnsafeMutablePointer<pthread_t>.allocate(capacity: slots)
    /// How many slots are taken. Threads that begin at the same time must not take the same one.
    private static let taken = Mutex(0)

    /// Call once, before any thread plays.
    static func install() {
        prepare()
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS] {
            signal(number) { number in
                CrashNote.write()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// No thread plays.
    static func prepare() {
        taken.withLock { taken in
            lines.initialize(repeating: 0, count: slots * lineBytes)
            threads.initialize(repeating: 0, count: slots)
            taken = 0
        }
    }

    /// The calling thread plays what `replay` plays again.
    static func thisThreadPlays(_ replay: String) {
        guard let slot = slotOfThisThread() else { return }
        let text = Array("BROKEN: an invariant of the code, which ends the process\nreplay: \(replay)\n".utf8)
        for place in 0..<lineBytes {
            lines[slot * lineBytes + place] = place < min(text.count, lineBytes - 1) ? text[place] : 0
        }
    }

    private static func slotOfThisThread() -> Int? {
        let thread = pthread_self()
        return taken.withLock { taken in
            if let mine = (0..<taken).first(where: { threads[$0] == thread }) { return mine }
            guard taken < slots else { return nil }
            threads[taken] = thread
            taken += 1
            return taken - 1
        }
    }

    /// What would be written if the calling thread ended the process.
    static var note: String {
        var note = ""
        forEachLineOfThisThread { note += String(cString: $0) }
        return note
    }

    private static func write() {
        forEachLineOfThisThread { line in
            _ = Glibc.write(STDOUT_FILENO, line, strlen(UnsafeRawPointer(line).assumingMemoryBound(to: CChar.self)))
        }
    }

    private static func forEachLineOfThisThread(_ body: (UnsafePointer<UInt8>) -> Void) {
        let thread = pthread_self()
        for slot in 0..<slots where threads[slot] == thread { body(lines + slot * lineBytes) }
    }
}
