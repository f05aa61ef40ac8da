import Testing

extension RealProcesses {
    @Suite("kill -9 at every step", .serialized)
    struct CrashPointTests {
        /// Keys of a node, and what was acknowledged of them.
        private struct Written {
            var values: [String: String] = [:]
            /// Its last write has no answer.
            var unknown: (key: String, value: String?)?

            /// Writes, overwrites and deletes until the node is gone.
            mutating func write(_ round: Int, to node: ClusterNode) throws {
                let connection = try node.connect()
                for number in 0..<30 {
                    // Some keys are of this round, the others of all.
                    let key = number % 3 == 0 ? "\(round)/\(number)" : "all/\(number)"
                    let value = number % 7 == 1 ? nil : "\(round)"
                    let request =
                        value.map { HTTPRequest("PUT", KeyTarget.v1(key), body: Array($0.utf8)) }
                        ?? HTTPRequest("DELETE", KeyTarget.v1(key))
                    unknown = (key, value)
                    guard let answer = try? connection.perform(request), answer.status == 200 else { return }
                    values[key] = value
                    unknown = nil
                }
            }

            /// Compares all that the node holds.
            mutating func expect(at node: ClusterNode, after round: Int) throws {
                if let unknown {
                    let answer = try node.read(unknown.key)
                    let found = answer.status == 200 ? answer.text : nil
                    #expect(found == unknown.value || found == values[unknown.key], "\(unknown.key) in round \(round)")
                    values[unknown.key] = found
                    self.unknown = nil
                }
                let expected = values.map { (key: $0, value: $1) }
                #expect(try LinearizableReads.mismatches(of: expected, at: node) == [], "round \(round)")
                let hash = try node.get("/v1/hash")
                #expect(hash.json["keys"] as? Int == values.count, "\(hash.testDescription) in round \(round)")
            }
        }

        /// One node, which is killed before one call of `thread` after the other, while it writes or when it is told
        /// to stop. The number of calls before which it was killed.
        private func crash(thread: String, upTo limit: Int) throws -> Int {
            var count = 0
            try TestCluster.with(1) { cluster in
                let node = cluster[0]
                let points = try CrashPoints(in: cluster.directory)
                var written = Written()
                var round = 0
                count = try points.atEachCall(of: thread, upTo: limit) { environment in
                    round += 1
                    if round == 1 { #expect(node.terminate() == .code(0)) }
                    try node.start(changes: environment)
                    node.current?.expectEnd()
                    try waitUntil("\(node.id) is ready or gone") {
                        try !node.isRunning || node.get("/readyz").status == 200
                    }
                    if node.isRunning {
                        try? written.expect(at: node, after: round - 1)
                        try? written.write(round, to: node)
                    }
                    let end = node.terminate()
                    #expect(end == .signal(9) || end == .code(0))
                    return end == .signal(9)
                }
                try node.start()
                try node.waitUntilReady()
                try written.expect(at: node, after: round)
            }
            return count
        }

        @Test("A table enters the database whole or not at all", .enabled(if: CrashPoints.isAvailable))
        func flush() throws {
            let count = try crash(thread: "skiff-flush", upTo: 100)

            print("killed before each of \(count) calls of the flush thread")
            #expect(count >= 8 && count < 100)
        }

        @Test("What the log thread has acknowledged is there again", .enabled(if: CrashPoints.isAvailable))
        func log() throws {
            #expect(try crash(thread: "skiff-log", upTo: 40) == 40)
        }
    }
}
