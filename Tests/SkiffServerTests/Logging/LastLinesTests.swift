import Glibc
import HotPath
import Logging
import Testing

@testable import SkiffServer

@Suite("The last lines of the log before the process ends")
struct LastLinesTests {
    @Test("After a failure of the store every line is written, with the reason as the last one")
    func storeFailure() async {
        let result = await #expect(processExitsWith: .exitCode(EX_IOERR), observing: [\.standardErrorContent]) {
            let logger = LastLinesTests.logger()
            LastLinesTests.logLines(logger)
            NodeThreads.stopProcess(
                for: StoreFailure(operation: "sync the log", message: "no space left"), logger: logger)
        }

        Self.expectLines(of: result, endingWith: "the store failed, so this node stops at once: sync the log")
    }

    @Test("After a failed invariant every line is written")
    func failedInvariant() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            LastLinesTests.logLines(LastLinesTests.logger())
            preconditionFailure("an invariant")
        }

        Self.expectLines(of: result, endingWith: "line 999")
    }

    @Test("After a signal that another process or the library sends every line is written", arguments: [false, true])
    func abort(isSent: Bool) async {
        let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
            [isSent] in
            LastLinesTests.logLines(LastLinesTests.logger())
            if isSent { kill(getpid(), SIGABRT) } else { Glibc.abort() }
            // A signal to the process may arrive on another thread.
            while true { pause() }
        }

        Self.expectLines(of: result, endingWith: "line 999")
    }

    @Test("A pipe that nobody reads keeps no process from its end: neither a store failure nor a failed invariant")
    func unreadPipe() async {
        await #expect(processExitsWith: .exitCode(EX_IOERR)) {
            let logger = LastLinesTests.loggerOnFullPipe()
            LastLinesTests.logLines(logger)
            NodeThreads.stopProcess(for: StoreFailure(operation: "sync", message: "no space left"), logger: logger)
        }
        await #expect(processExitsWith: .failure) {
            LastLinesTests.logLines(LastLinesTests.loggerOnFullPipe())
            preconditionFailure("an invariant")
        }
    }

    // MARK: Parts

    private static func logger() -> Logger {
        let log = ProcessLog(ServerConfiguration(nodeID: "node1"), environment: [:])
        return Logger(label: "skiffd", factory: { log.handler(label: $0) })
    }

    private static func loggerOnFullPipe() -> Logger {
        let pipe = SmallPipe()
        pipe.fill()
        dup2(pipe.writeEnd, STDERR_FILENO)
        // It keeps its reader until the process ends.
        _ = Unmanaged.passRetained(pipe)
        return logger()
    }

    private static func logLines(_ logger: Logger) {
        for number in 0..<1_000 { logger.notice("line \(number)") }
    }

    private static func expectLines(of result: ExitTest.Result?, endingWith last: String) {
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.contains("Z notice ") || $0.contains("Z critical ") }
        for (number, line) in lines.prefix(1_000).enumerated() { #expect(line.hasSuffix(" line \(number)")) }
        #expect(lines.count >= 1_000)
        #expect(lines.last?.contains(last) == true, "\(lines.suffix(2))")
    }
}
