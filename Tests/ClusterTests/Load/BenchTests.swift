import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("The load generator", .serialized, .sharedCluster)
    struct BenchTests {
        private let cluster: TestCluster

        init() throws { cluster = try #require(TestCluster.shared) }

        /// No warm-up, so that every acknowledged request is a measured one.
        private static let short = ["--requests", "600", "--warmup", "0", "--connections", "6", "--keys", "200"]

        private var ports: [Int] { cluster.nodes.map(\.httpPort) }

        private func bench(_ arguments: String..., to outputPath: String? = nil) throws -> BenchRun.Outcome {
            try BenchRun.perform(ports, Self.short + arguments, in: cluster.directory, outputPath: outputPath)
        }

        private func expectOneLine(
            _ outcome: BenchRun.Outcome, status: Int32, naming words: String...,
            at location: SourceLocation = #_sourceLocation
        ) {
            outcome.expectStatus(status, at: location)
            #expect(outcome.complaints.count == 1, "\(outcome.complaints)", sourceLocation: location)
            let line = outcome.complaints.first ?? ""
            #expect(line.hasPrefix("skiff: "), "\(line)", sourceLocation: location)
            for word in words { #expect(line.contains(word), "\(word) in: \(line)", sourceLocation: location) }
        }

        // MARK: Reports

        @Test("A verified run against three nodes passes, and its JSON document agrees with itself")
        func report() throws {
            let outcome = try bench(
                "--verify", "--mix", "put=60,get=20,delete=10,cas=10", "--output", "json",
                "--fail-on", "errors<1,p99<60s")

            let report = outcome.report
            outcome.expectStatus(0)
            #expect(outcome.complaints == [])
            #expect(report["valid"] as? Bool == !outcome.wasHeldUp)
            #expect(report["interrupted"] as? Bool == false)
            #expect(outcome.number("all", "succeeded") == 600)
            #expect(outcome.number("all", "latency", "count") == 600)
            let operations = report["operations"] as? [[String: Any]] ?? []
            #expect(Set(operations.compactMap { $0["operation"] as? String }) == ["put", "get", "delete", "cas"])
            #expect(operations.reduce(0) { $0 + ($1["succeeded"] as? Int ?? 0) } == 600)
            let intervals = report["intervals"] as? [[String: Any]] ?? []
            #expect(intervals.reduce(0) { $0 + ($1["succeeded"] as? Int ?? 0) } == 600)
            let configuration = report["configuration"] as? [String: Any] ?? [:]
            #expect(configuration["endpoints"] as? [String] == ports.map { "127.0.0.1:\($0)" })
            #expect((report["verification"] as? [String: Any])?["passed"] as? Bool == true)
            #expect(outcome.number("verification", "lost") == 0)
            #expect(outcome.number("verification", "keys_checked") ?? 0 > 100)
            let conditions = report["conditions"] as? [[String: Any]] ?? []
            #expect(conditions.map { $0["holds"] as? Bool } == [true, true])
        }

        @Test("A verified run of batches and inserts passes as well")
        func batches() throws {
            let outcome = try bench("--verify", "--mix", "batch=1,insert=1,rmw=1", "--batch-size", "10")

            outcome.expectStatus(0)
            #expect(outcome.output.contains("every acknowledged write is there"))
        }

        @Test("One request is one write, with 64 connections as with one")
        func oneRequest() throws {
            let before = try cluster[0].put("one", "before").revision ?? 0

            let outcome = try BenchRun.perform(
                [ports[0]], ["--requests", "1", "--warmup", "0", "--output", "json"], in: cluster.directory)

            outcome.expectStatus(0)
            #expect(outcome.number("all", "succeeded") == 1)
            #expect(outcome.number("bytes_sent") ?? 0 < 512)
            #expect(try cluster[0].put("one", "after").revision == before + 2)
        }

        @Test(
            "A report named - is standard output, and the summary goes to standard error",
            arguments: ["--json", "--html"])
        func standardOutput(flag: String) throws {
            let outcome = try bench(flag, "-")

            outcome.expectStatus(0)
            if flag == "--json" {
                #expect(outcome.number("all", "succeeded") == 600)
                let endpoints = outcome.report["endpoints"] as? [[String: Any]] ?? []
                #expect(endpoints.reduce(0) { $0 + ($1["succeeded"] as? Int ?? 0) } == 600)
            } else {
                #expect(outcome.output.hasPrefix("<!DOCTYPE html>"))
            }
            #expect(outcome.complaints.contains { $0.hasPrefix("workload      put") }, "\(outcome.complaints)")
            #expect(!FileManager.default.fileExists(atPath: cluster.directory.path.appending(path: "-")))
        }

        @Test("A rate that the cluster does not reach is said as loudly as an invalid run, with a status of its own")
        func rateNotReached() throws {
            let outcome = try BenchRun.perform(
                [ports[0]],
                ["--rate", "1M", "--duration", "1s", "--warmup", "0", "--connections", "2", "--output", "json"],
                in: cluster.directory)

            #expect(outcome.report["rate_reached"] as? Bool == false)
            #expect(outcome.complaints.contains { $0.hasPrefix("skiff: RATE NOT REACHED: ") }, "\(outcome.complaints)")
            // On a machine that stops the generator the run is invalid besides.
            let isValid = outcome.report["valid"] as? Bool == true
            #expect(outcome.status == .code(isValid ? 98 : 1), "\(outcome.complaints)")
        }

        @Test("A value above the limit of the servers, and a server of another kind, end the run at once")
        func refusals() throws {
            let large = try BenchRun.perform(
                ports, ["--value-size", "2MiB", "--duration", "1h", "--connections", "4"], in: cluster.directory)
            expectOneLine(large, status: 1, naming: "every put is refused", "413")
            let other = try BenchRun.perform(ports, ["--target", "etcd", "--duration", "1h"], in: cluster.directory)
            expectOneLine(other, status: 1, naming: "every put is refused", "404", "--target etcd")
        }

        @Test("Writes that were acknowledged and are lost end the run with 1 and examples")
        func lostWrites() throws {
            let server = try ForgetfulServer()

            let outcome = try BenchRun.perform(
                [server.port], Self.short + ["--verify", "--output", "json"], in: cluster.directory)

            #expect(outcome.status == .code(1))
            #expect(outcome.number("all", "succeeded") == 600)
            let verification = outcome.report["verification"] as? [String: Any] ?? [:]
            let examples = verification["examples"] as? [String] ?? []
            #expect(verification["passed"] as? Bool == false)
            #expect(verification["lost"] as? Int == verification["keys_checked"] as? Int)
            #expect(examples.count == 8)
            let form = /key key\d{10} is absent although a write of it was acknowledged/
            #expect(examples.allSatisfy { $0.wholeMatch(of: form) != nil }, "\(examples)")
            #expect(outcome.complaints.contains { $0.contains("verification failed") }, "\(outcome.complaints)")
        }

        @Test("A condition of --fail-on that does not hold ends the run with 99 and what was measured")
        func failedCondition() throws {
            let outcome = try bench("--fail-on", "errors<1%,put.p50<1us,get.p50<1s")

            #expect(outcome.status == .code(99))
            let verdicts = outcome.output.split(separator: "\n").filter { $0.hasPrefix("FAILED: ") }
            #expect(verdicts.count == 2)
            #expect(verdicts.first?.hasPrefix("FAILED: put.p50<1us does not hold: ") == true)
            #expect(verdicts.last == "FAILED: get.p50<1s does not hold: nothing was measured")
        }

        @Test(
            "SIGINT ends a run with the summary of what was measured so far, and with 1 if it was to be verified",
            arguments: [false, true])
        func interruption(verifies: Bool) throws {
            let before = try cluster[0].put("interruption", "before").revision ?? 0
            let run = try BenchRun(
                BenchRun.endpoints(ports)
                    + ["--duration", "1h", "--warmup", "0", "--connections", "6", "--output", "json"]
                    + (verifies ? ["--verify"] : []),
                in: cluster.directory)
            try waitUntil("the run has written") {
                try cluster[0].put("interruption", "meanwhile").revision ?? 0 > before + 500
            }

            run.interrupt()
            let outcome = run.finish()

            outcome.expectStatus(verifies ? 1 : 0)
            let complaints = verifies ? ["skiff: nothing was verified: the run was interrupted"] : []
            #expect(outcome.complaints == complaints)
            #expect(outcome.report["interrupted"] as? Bool == true)
            #expect(outcome.number("all", "succeeded") ?? 0 > 0)
            #expect(outcome.report["verification"] is NSNull, "an interrupted run is not verified")
        }

        @Test(
            "A generator that was stopped for a while says so and does not blame the servers",
            arguments: [[], ["--rate", "200"]])
        func stoppedGenerator(load: [String]) throws {
            let pidPath = cluster.directory.path.appending(path: "stopped-\(load.count).pid")
            let before = try cluster[0].put("stopped", "before").revision ?? 0
            let run = try BenchRun(
                BenchRun.endpoints(ports)
                    + ["--duration", "1h", "--warmup", "0", "--connections", "64", "--output", "json"] + load,
                in: cluster.directory, shell: #"echo $$ >'\#(pidPath)'; exec "$@""#)
            func waitForWrites(_ count: UInt64, after before: UInt64) throws {
                try waitUntil("the run has written") {
                    try cluster[0].put("stopped", "meanwhile").revision ?? 0 > before + count
                }
            }
            try waitForWrites(100, after: before)
            let digits = try String(contentsOfFile: pidPath, encoding: .utf8).prefix { $0.isNumber }
            let pid = try #require(pid_t(digits))

            #expect(kill(pid, SIGSTOP) == 0)
            // The generator must notice that time has passed.
            Thread.sleep(forTimeInterval: 0.8)
            let atStop = try cluster[0].put("stopped", "now").revision ?? 0
            #expect(kill(pid, SIGCONT) == 0)
            // Those that fell due meanwhile are sent.
            try waitForWrites(300, after: atStop)
            run.interrupt()
            let outcome = run.finish()

            #expect(outcome.status == .code(1))
            #expect(outcome.report["valid"] as? Bool == false)
            let reasons = outcome.report["invalid_reasons"] as? [String] ?? []
            #expect(reasons.contains { $0.hasPrefix("the generator was held up: ") }, "\(reasons)")
            if !load.isEmpty {
                #expect(reasons.contains { $0.contains("more than 1 ms late; ") }, "\(reasons)")
                // Most of the 160 starts that fell due meanwhile, and not only the 64 that found a place.
                #expect(outcome.number("generator", "late_sends") ?? 0 > 100)
            }
            let stalled = outcome.number("generator", "stalled_ms") ?? 0
            #expect(stalled > 700 && stalled <= 1e3 * (outcome.number("elapsed_s") ?? 0))
            #expect(outcome.number("generator", "longest_stall_ms") ?? 0 > 700)
        }

        // MARK: Refusals

        @Test("Where no endpoint answers, the exit status is 5, with one line that names them")
        func unreachable() throws {
            let (first, second) = (try FreePorts.take(), try FreePorts.take())

            let one = try BenchRun.perform([first], Self.short, in: cluster.directory)
            expectOneLine(one, status: 5, naming: "127.0.0.1:\(first)", "refused")
            let two = try BenchRun.perform([first, second], Self.short, in: cluster.directory)
            expectOneLine(two, status: 5, naming: "127.0.0.1:\(first)", "127.0.0.1:\(second)", "refused")
        }

        @Test("With one of three endpoints down the others take the load")
        func oneDown() throws {
            let nobody = try FreePorts.take()

            let outcome = try BenchRun.perform(
                [ports[0], nobody, ports[2]], Self.short + ["--verify"], in: cluster.directory)

            outcome.expectStatus(0)
            #expect(outcome.output.contains("every acknowledged write is there"))
        }

        @Test("Wrong arguments end the program with 64 and one line, before anything is connected")
        func wrongArguments() throws {
            for (arguments, word) in [
                (["--flag"], "--flag"), (["--connections", "0"], "--connections"), (["--rate", "-5"], "--rate '-5'"),
                (["--connections", "70000"], "--connections"), (["--rate", "1e30"], "--rate"),
                (["--value-size", "1GiB"], "--value-size"), (["--verify", "--keys", "5"], "--verify"),
                (["--target", "mysql"], "--target"), (["extra"], "extra"),
                (["--endpoints", "127.0.0.1:+24701"], "+24701"), (["--seed", "+5"], "--seed"),
                (["--rate", "5", "--rate", "5"], "--rate is there twice"), (["--fill", "--no-fill"], "--no-fill"),
            ] {
                let outcome = try BenchRun(arguments, in: cluster.directory).finish()
                expectOneLine(outcome, status: 64, naming: word)
                #expect(outcome.output == "")
            }
        }

        @Test("A missing resource of the process is reported before anything is connected, or replaced")
        func narrowProcess() throws {
            // No socket may get the number of a closed descriptor: the summary would be sent to a server.
            let closed = try BenchRun(
                BenchRun.endpoints(ports) + Self.short, in: cluster.directory, shell: #"exec "$@" >&-"#)
            expectOneLine(closed.finish(), status: 1, naming: "standard output", "Bad file descriptor")

            let many = ["--connections", "200"] + BenchRun.endpoints(ports)
            let poor = try BenchRun(many, in: cluster.directory, shell: #"ulimit -n 100; exec "$@""#)
            expectOneLine(poor.finish(), status: 64, naming: "--connections 200", "open files", "100")
            let sparing = try BenchRun(
                many + ["--requests", "400", "--warmup", "0"], in: cluster.directory,
                shell: #"ulimit -S -n 100; exec "$@""#)
            let outcome = sparing.finish()
            outcome.expectStatus(0)
        }

        @Test("A report that cannot be written ends the program with 1 and one line that names it")
        func unwritableReports() throws {
            let folder = cluster.directory.path.appending(path: "folder")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)

            // Everything that can be known is reported before the run.
            let toFolder = try bench("--json", folder)
            expectOneLine(toFolder, status: 1, naming: folder, "directory")
            #expect(toFolder.output == "")
            let toNowhere = try bench("--html", folder.appending(path: "missing/report.html"))
            expectOneLine(toNowhere, status: 1, naming: folder, "No such file or directory")
            #expect(toNowhere.output == "")

            let toFullDisk = try bench("--csv", "/dev/full")
            expectOneLine(toFullDisk, status: 1, naming: "/dev/full", "No space left")
            #expect(toFullDisk.output.contains("600"), "the summary is there all the same")
            expectOneLine(try bench(to: "/dev/full"), status: 1, naming: "standard output", "No space left")
        }
    }

    @Suite("The load generator and the end of a leader", .serialized)
    struct BenchFailoverTests {
        @Test("A verified run survives kill -9 of the leader halfway, and reports the longest gap")
        func killOfTheLeader() throws {
            try TestCluster.with { cluster in
                let leader = try cluster.leader()
                let other = cluster.others(than: leader)[0]
                var probes: UInt64 = 0
                /// The number of writes of the run so far: every change of the store has its own revision.
                func writeCount(through node: ClusterNode) throws -> UInt64 {
                    let revision = try node.put("probe", "", query: "timeout=2s").revision
                    guard let revision else { throw WaitedInVain(description: "a probe was not answered") }
                    probes += 1
                    return revision - min(probes, revision)
                }
                let run = try BenchRun(
                    BenchRun.endpoints(cluster.nodes.map(\.httpPort))
                        + ["--requests", "10000", "--warmup", "0", "--connections", "9", "--keys", "1000"]
                        + ["--verify", "--output", "json"],
                    in: cluster.directory)
                var before: UInt64 = 0
                try waitUntil("the run has written") {
                    before = try writeCount(through: leader)
                    return before > 500
                }

                leader.kill()
                try waitUntil("writes are accepted again") { try writeCount(through: other) > before }
                try leader.start()
                try leader.waitUntilReady()
                let outcome = run.finish(within: .seconds(120))

                outcome.expectStatus(0)
                #expect(outcome.report["valid"] as? Bool == !outcome.wasHeldUp)
                #expect((outcome.report["verification"] as? [String: Any])?["passed"] as? Bool == true)
                let succeeded = outcome.number("all", "succeeded") ?? 0
                #expect(succeeded > Double(before), "nothing was measured after the kill")
                #expect(succeeded + (outcome.number("all", "failed") ?? 0) == 10000)
                let failures = outcome.report["failures"] as? [[String: Any]] ?? []
                #expect(!failures.isEmpty, "the run did not notice the end of a node")
                let gap = outcome.number("longest_gap_ms") ?? 0
                #expect(gap > 0)
                #expect(gap <= 1e3 * (outcome.number("elapsed_s") ?? 0))
                print("kill -9 of the leader under load: longest gap \(Int(gap)) ms of \(Int(succeeded)) writes")
            }
        }
    }
}
