import Foundation
import Testing

extension RealProcesses {
    @Suite("raft-sample's README", .serialized)
    struct ReadmeFlowTests {
        @Test("raft-sample's README works word for word against three fresh nodes, ids node_2 and node_3 included")
        func readme() throws {
            try TestCluster.with(3, joined: 1) { cluster in
                for node in cluster.nodes { #expect(try node.stats().state == "Leader", "each begins as a leader") }
                try joinBoth(cluster)
                try storeAndRead(cluster)
                try refuse(cluster)
                try deleteAndMiss(cluster)
                try statisticsAndRemoval(cluster)
            }
        }

        // MARK: Parts of the transcript

        private func joinBoth(_ cluster: TestCluster) throws {
            let (one, two, three) = (cluster[0], cluster[1], cluster[2])

            let first = try one.join(two, as: "node_2")
            expectStatistics(
                first, "node node_2 at \(two.raftAddress) joined successfully", of: one, members: [one, two])

            let second = try one.join(three, as: "node_3")
            expectStatistics(
                second, "node node_3 at \(three.raftAddress) joined successfully", of: one, members: [one, two, three])
        }

        private func storeAndRead(_ cluster: TestCluster) throws {
            let stored = #""message":"success persisting data"}"#
            let fetched = #""message":"success fetching data"}"#
            let values = [
                (sent: #""key":"key","value":"value""#, path: "key", data: #""key":"key","value":"value""#),
                (
                    sent: #""key":" obj ","value":{"b":1,"a":[true,null,1.5]}"#, path: "obj",
                    data: #""key":"obj","value":{"b":1,"a":[true,null,1.5]}"#
                ),
                (sent: #""key":"novalue""#, path: "novalue", data: #""key":"novalue","value":null"#),
            ]
            for value in values {
                let response = try cluster[0].post("/store", json: "{\(value.sent)}")
                expect(response, 200, "{\"data\":{\(value.data)},\(stored)")
            }
            for value in values {
                try waitForStaleRead(of: value.path, from: cluster[2])
                expect(try cluster[2].get("/store/\(value.path)"), 200, "{\"data\":{\(value.data)},\(fetched)")
            }
            expect(
                try cluster[2].get("/store/key/"), 200, #"{"data":{"key":"key","value":"value"},"# + fetched)
            expectError(
                try cluster[2].get("/store/absent"), "error getting key absent from storage: Key not found")
            expectError(try cluster[2].get("/store/a/b"), "error getting key a/b from storage: Key not found")
            expect(
                try cluster[1].post("/store", json: #"{"key":"key","value":"value"}"#), 200,
                #"{"data":{"key":"key","value":"value"},"# + stored)
        }

        private func refuse(_ cluster: TestCluster) throws {
            let one = cluster[0]
            expectError(try one.post("/store", json: #"{"key":"  ","value":"value"}"#), "key is empty")
            expectError(
                try one.post("/store", json: #"{"key":"#),
                "error binding: code=400, message=unexpected EOF, internal=unexpected EOF")
            expectError(try one.post("/store", json: ""), "key is empty")
            expectMessage(try one.perform(HTTPRequest("PUT", "/store")), 405, "Method Not Allowed")
            expect(try one.get("/nothing"), 404, #"{"message":"Not Found"}"#)
        }

        private func deleteAndMiss(_ cluster: TestCluster) throws {
            for key in ["key", "absent"] {
                expect(
                    try cluster[0].perform(HTTPRequest("DELETE", "/store/\(key)")), 200,
                    #"{"data":{"key":"\#(key)","value":null},"message":"success removing data"}"#)
            }
            try waitUntil("the deletion has reached node3") { try cluster[2].get("/store/key").status == 422 }
            expectError(try cluster[2].get("/store/key"), "error getting key key from storage: Key not found")
        }

        private func statisticsAndRemoval(_ cluster: TestCluster) throws {
            let (one, two, three) = (cluster[0], cluster[1], cluster[2])
            expectStatistics(
                try two.get("/raft/stats"), "Here is the raft status", of: two, members: [one, two, three])

            let unreachable = try two.post("/raft/join", json: #"{"node_id":"x","raft_address":"127.0.0.1:9"}"#)
            #expect(unreachable.status == 422)
            #expect(unreachable.error?.contains("127.0.0.1:9") == true, "\(unreachable.testDescription)")

            expectStatistics(
                try one.remove("node_3"), "node node_3 removed successfully", of: one, members: [one, two])
            expectStatistics(
                try one.remove("nobody"), "node nobody removed successfully", of: one, members: [one, two])
        }

        /// `GET /store` reads the node's own state, which follows the leader's a moment later.
        private func waitForStaleRead(of path: String, from node: ClusterNode) throws {
            try waitUntil("\(path) has reached \(node.id)") { try node.get("/store/\(path)").status == 200 }
        }

        // MARK: Intended differences

        @Test("A write works on every node, where raft-sample's followers refuse it")
        func writesEverywhere() throws {
            try TestCluster.with { cluster in
                for node in cluster.nodes {
                    let key = "from-\(node.id)"
                    expect(
                        try node.post("/store", json: #"{"key":"\#(key)","value":1}"#), 200,
                        #"{"data":{"key":"\#(key)","value":1},"message":"success persisting data"}"#)
                    expect(
                        try cluster[0].get("/store/\(key)?consistency=linearizable"), 200,
                        #"{"data":{"key":"\#(key)","value":1},"message":"success fetching data"}"#)
                }
                try readsBodyWithoutContentType(cluster)
                try reachesKeysWithSlashes(cluster)
                try keepsTheText(cluster)
            }
        }

        private func readsBodyWithoutContentType(_ cluster: TestCluster) throws {
            let body = Array(#"{"key":"k","value":"v"}"#.utf8)
            let answer = #"{"data":{"key":"k","value":"v"},"message":"success persisting data"}"#
            let asCurlSendsIt = [(name: "Content-Type", value: "application/x-www-form-urlencoded")]

            expect(try cluster[0].perform(HTTPRequest("POST", "/store", body: body)), 200, answer)
            expect(
                try cluster[0].perform(HTTPRequest("POST", "/store", headers: asCurlSendsIt, body: body)), 200, answer)
        }

        private func reachesKeysWithSlashes(_ cluster: TestCluster) throws {
            expect(
                try cluster[0].post("/store", json: #"{"key":"a/b/c","value":"deep"}"#), 200,
                #"{"data":{"key":"a/b/c","value":"deep"},"message":"success persisting data"}"#)
            let fetched = #"{"data":{"key":"a/b/c","value":"deep"},"message":"success fetching data"}"#
            for target in ["/store/a/b/c", "/store/a%2Fb%2Fc"] {
                expect(try cluster[1].get(target + "?consistency=linearizable"), 200, fetched)
            }
            expect(
                try cluster[1].perform(HTTPRequest("DELETE", "/store/a/b/c")), 200,
                #"{"data":{"key":"a/b/c","value":null},"message":"success removing data"}"#)
        }

        private func keepsTheText(_ cluster: TestCluster) throws {
            let texts = [
                "12345678901234567890.10", "1e400", "-0", #"{"z":1,"a":2,"m":3.50}"#, #""é\u00e9\n""#, "false", "null",
                #"[9007199254740993,"",{}]"#,
            ]
            for (number, text) in texts.enumerated() {
                let data = #"{"data":{"key":"text\#(number)","value":\#(text)},"#
                expect(
                    try cluster[0].post("/store", json: #"{"key":"text\#(number)","value":\#(text)}"#), 200,
                    data + #""message":"success persisting data"}"#)
                expect(
                    try cluster[2].get("/store/text\(number)?consistency=linearizable"), 200,
                    data + #""message":"success fetching data"}"#)
                #expect(try cluster[1].read("text\(number)").text == text, "/v1/kv shows the JSON text")
            }
        }

        // MARK: Checks

        private static let contentType = "application/json; charset=UTF-8"

        /// Compares the whole answer: status, body with its newline, type and length.
        private func expect(
            _ response: HTTPResponse, _ status: Int, _ body: String, at location: SourceLocation = #_sourceLocation
        ) {
            #expect(response.status == status, "\(response.testDescription)", sourceLocation: location)
            #expect(response.text == body + "\n", sourceLocation: location)
            #expect(response.header("Content-Type") == Self.contentType, sourceLocation: location)
            #expect(response.header("Content-Length") == "\(response.body.count)", sourceLocation: location)
        }

        /// raft-sample's error, byte for byte.
        private func expectError(
            _ response: HTTPResponse, _ error: String, at location: SourceLocation = #_sourceLocation
        ) {
            expect(response, 422, #"{"error":"\#(error)"}"#, at: location)
        }

        /// The error body of raft-sample's web framework, to which members may be added.
        private func expectMessage(
            _ response: HTTPResponse, _ status: Int, _ message: String, at location: SourceLocation = #_sourceLocation
        ) {
            #expect(response.status == status, "\(response.testDescription)", sourceLocation: location)
            #expect(response.json["message"] as? String == message, sourceLocation: location)
            #expect(response.text.hasSuffix("}\n"), sourceLocation: location)
            #expect(response.header("Content-Type") == Self.contentType, sourceLocation: location)
        }

        private static let statisticNames = [
            "applied_index", "commit_index", "fsm_pending", "last_contact", "last_log_index", "last_log_term",
            "last_snapshot_index", "last_snapshot_term", "latest_configuration", "latest_configuration_index",
            "num_peers", "protocol_version", "protocol_version_max", "protocol_version_min", "snapshot_version_max",
            "snapshot_version_min", "state", "term",
        ]

        /// The 18 members in raft-sample's order, all strings, and the members of the cluster in Go's notation.
        private func expectStatistics(
            _ response: HTTPResponse, _ message: String, of node: ClusterNode, members: [ClusterNode],
            at location: SourceLocation = #_sourceLocation
        ) {
            #expect(response.status == 200, "\(response.testDescription)", sourceLocation: location)
            #expect(response.header("Content-Type") == Self.contentType, sourceLocation: location)
            #expect(response.text.hasPrefix(#"{"data":{"applied_index":""#), sourceLocation: location)
            #expect(response.text.hasSuffix(#"},"message":"\#(message)"}"# + "\n"), sourceLocation: location)
            let order = response.text.matches(of: /"([a-z_]+)":"/).map { String($0.1) }
            #expect(Array(order.prefix(18)) == Self.statisticNames, sourceLocation: location)
            guard let data = response.json["data"] as? [String: String] else {
                Issue.record("not all statistics are strings: \(response.text)", sourceLocation: location)
                return
            }
            let configuration = members.map { "{Suffrage:Voter ID:\($0.id) Address:\($0.raftAddress)}" }
            #expect(
                data["latest_configuration"] == "[\(configuration.joined(separator: " "))]", sourceLocation: location)
            let words = ["latest_configuration", "last_contact", "state"]
            for name in Self.statisticNames where !words.contains(name) {
                #expect(data[name].flatMap { UInt64($0) } != nil, "\(name) is no number", sourceLocation: location)
            }
            expectRole(data, leads: node === members[0], peers: members.count - 1, at: location)
        }

        private func expectRole(_ data: [String: String], leads: Bool, peers: Int, at location: SourceLocation) {
            #expect(data["state"] == (leads ? "Leader" : "Follower"), sourceLocation: location)
            let constants = [
                "protocol_version": "3", "protocol_version_max": "3", "protocol_version_min": "0",
                "snapshot_version_max": "1", "snapshot_version_min": "0",
            ]
            for (name, value) in constants { #expect(data[name] == value, "\(name)", sourceLocation: location) }
            if leads {
                #expect(data["last_contact"] == "0", sourceLocation: location)
                #expect(data["num_peers"] == "\(peers)", sourceLocation: location)
            } else {
                // Go's text for a duration below a minute.
                let contact = data["last_contact"] ?? ""
                #expect(
                    contact == "never" || contact.wholeMatch(of: /[0-9.]+(ns|µs|ms|s)/) != nil,
                    "last_contact \(contact)",
                    sourceLocation: location)
            }
        }
    }
}
