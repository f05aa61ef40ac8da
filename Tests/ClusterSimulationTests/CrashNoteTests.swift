import Foundation
import Testing

@testable import skiff_sim

@Suite("An invariant of the code that breaks", .serialized)
struct CrashNoteTests {
    @Test("Threads that begin at the same time each have a note of their own")
    func threads() {
        for _ in 0..<20 {
            CrashNote.prepare()
            let notes = Notes(count: 8)
            let threads = (0..<8).map { number in
                Thread {
                    notes.waitForAll()
                    CrashNote.thisThreadPlays("seed \(number)")
                    notes.add(CrashNote.note, number)
                }
            }
            for thread in threads { thread.start() }

            for (number, note) in notes.all().enumerated() {
                #expect(note.hasSuffix("replay: seed \(number)\n"), "\(note)")
            }
        }
    }

    #if MUTANTS
    @Test("Whichever thread it is on, the program says how the seed is played again before it ends", arguments: [1, 8])
    func program(jobs: Int) throws {
        let program = Bundle.module.bundleURL.deletingLastPathComponent().appending(path: "skiff-sim")
        let process = Process()
        process.executableURL = program
        process.arguments = [
            "run", "--mutant", "commits-unverified", "--profile", "membership", "--seeds", "50", "--jobs", "\(jobs)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()

        #expect(process.terminationReason == .uncaughtSignal)
        #expect(text.hasPrefix("BROKEN: an invariant of the code"), "\(text)")
        #expect(text.contains("replay: skiff-sim run --seed "), "\(text)")
    }
    #endif
}

/// What each of some threads found, and a gate at which they wait for each other.
private final class Notes: @unchecked Sendable {
    private let condition = NSCondition()
    private let count: Int
    private var arrived = 0
    private var notes: [Int: String] = [:]

    init(count: Int) { self.count = count }

    func waitForAll() {
        condition.withLock {
            arrived += 1
            condition.broadcast()
            while arrived < count { condition.wait() }
        }
    }

    func add(_ note: String, _ number: Int) {
        condition.withLock {
            notes[number] = note
            condition.broadcast()
        }
    }

    func all() -> [String] {
        condition.withLock {
            while notes.count < count { condition.wait() }
            return (0..<count).map { notes[$0] ?? "" }
        }
    }
}
