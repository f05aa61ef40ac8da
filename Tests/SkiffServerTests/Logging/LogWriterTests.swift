import Foundation
import Glibc
import Logging
import Testing

@testable import SkiffServer

@Suite("The thread that writes the log")
struct LogWriterTests {
    @Test("Without a reader nobody waits: lines are dropped, their number stands in their place, and the order is kept")
    func gaps() throws {
        let pipe = SmallPipe()
        let writer = LogWriter(descriptor: pipe.writeEnd, bytesMax: 16 << 10) { "gap \($0)\n" }
        let padding = String(repeating: "x", count: 100)

        for number in 0..<1_000 { writer.append("line \(number) \(padding)\n") }
        let unread = pipe.read(everythingOf: writer)
        writer.append("after\n")
        let lines = (unread + pipe.read(everythingOf: writer)).split(separator: "\n")

        #expect(lines.last == "after")
        var next = 0
        var gapCount = 0
        for line in lines.dropLast() {
            let words = line.split(separator: " ")
            let number = try #require(Int(words[1]))
            if words[0] == "gap" {
                gapCount += 1
                next += number
            } else {
                #expect(line == "line \(next) \(padding)")
                next += 1
            }
        }
        #expect(next == 1_000)
        #expect(gapCount > 0)
    }

    @Test("A line for which there can be no room is counted, and those after it are written")
    func tooLong() {
        let pipe = SmallPipe()
        let writer = LogWriter(descriptor: pipe.writeEnd, bytesMax: 1_000) { "gap \($0)\n" }

        writer.append(String(repeating: "x", count: 1_000) + "\n")
        #expect(pipe.read(everythingOf: writer) == "gap 1\n")
        writer.append("short\n")

        #expect(pipe.read(everythingOf: writer) == "short\n")
    }

    @Test("Waiting for the last line ends without a reader, and with one when it is written")
    func flush() {
        let pipe = SmallPipe()
        let writer = LogWriter(descriptor: pipe.writeEnd) { "gap \($0)\n" }
        #expect(writer.flush(), "there is nothing to write")
        pipe.fill()

        writer.append("last\n")

        #expect(!writer.flush(within: .milliseconds(20)))
        #expect(pipe.read(everythingOf: writer).hasSuffix("xlast\n"))
        #expect(writer.flush(within: .zero))
    }

    @Test("A descriptor that does not block loses nothing while its reader pauses")
    func nonBlocking() {
        let pipe = SmallPipe()
        #expect(fcntl(pipe.writeEnd, F_SETFL, O_NONBLOCK) == 0)
        let writer = LogWriter(descriptor: pipe.writeEnd) { "gap \($0)\n" }
        let lines = (0..<1_000).map { "line \($0)\n" }

        for line in lines { writer.append(line) }

        #expect(pipe.read(everythingOf: writer) == lines.joined())
    }

    @Test("A line that the descriptor takes in part does not run into the next one")
    func cutOff() async {
        await #expect(processExitsWith: .success) {
            let path = FileManager.default.temporaryDirectory.appending(path: "skiff-\(UUID().uuidString).log").path()
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
            signal(SIGXFSZ, SIG_IGN)
            let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            getrlimit(resource, &limit)
            var full = rlimit(rlim_cur: 10, rlim_max: limit.rlim_max)
            let writer = LogWriter(descriptor: file) { "gap \($0)\n" }

            setrlimit(resource, &full)
            writer.append("the disk is full\n")
            #expect(writer.flush())
            setrlimit(resource, &limit)
            writer.append("it has room again\n")
            #expect(writer.flush())

            #expect(FileManager.default.contents(atPath: path) == Data("the disk i\nit has room again\n".utf8))
            unlink(path)
        }
    }

    // MARK: Loggers

    @Test("A logger writes whole lines with its own fields and those of the call")
    func handler() {
        let pipe = SmallPipe()
        let (logger, writer) = Self.logger(.json, on: pipe)

        logger.info("one", metadata: ["call": "2"])
        logger.debug("hidden")

        #expect(
            pipe.read(everythingOf: writer)
                == #"{"time":"1970-01-01T00:00:00.001Z","level":"info","label":"skiffd","message":"one","#
                + #""metadata":{"call":"2","own":"1"}}"# + "\n")
    }

    @Test(
        "In each form whole records arrive, and some of them report the missing lines",
        arguments: [LogForm.text(isColored: false), .json])
    func forms(form: LogForm) {
        let pipe = SmallPipe()
        pipe.fill()
        let (logger, writer) = Self.logger(form, on: pipe)

        for number in 0..<1_000 { logger.warning("trouble", metadata: ["number": "\(number)"]) }
        let lines = pipe.read(everythingOf: writer).drop { $0 == "x" }.split(separator: "\n")

        let missing = lines.filter { $0.contains("lines of the log are missing here") }
        // The reader may empty the pipe while lines still come, and there may be too many once more.
        let counts = missing.compactMap { line in
            line.split { !$0.isWholeNumber }.last.flatMap { Int($0) }
        }
        #expect(!missing.isEmpty && counts.count == missing.count)
        #expect(counts.reduce(0, +) == 1_000 - (lines.count - missing.count), "\(missing)")
        #expect(lines.allSatisfy { $0.first == lines[0].first })
        if form == .json { #expect(lines.allSatisfy { $0.hasSuffix("}}") }) }
    }

    private static func logger(_ form: LogForm, on pipe: SmallPipe) -> (Logger, LogWriter) {
        let time = LogTime(secondsSince1970: 0, milliseconds: 1)
        let writer = LogWriter(descriptor: pipe.writeEnd, bytesMax: 16 << 10) { form.line(.gap(of: $0, at: time)) }
        let handler = LineLogHandler(label: "skiffd", form, level: .info, writer: writer) { time }
        var logger = Logger(label: "skiffd", factory: { _ in handler })
        logger[metadataKey: "own"] = "1"
        return (logger, writer)
    }
}
