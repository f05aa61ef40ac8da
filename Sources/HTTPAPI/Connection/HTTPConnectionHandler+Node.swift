internal import HotPath
internal import NIOCore
internal import RaftCore

// Routes that tell about this node.
extension HTTPConnectionHandler {
    func answerAboutNode() {
        switch request.route {
        case .stats: answerStats()
        case .livez: answer(.ok, .text, "ok\n")
        case .readyz: answerReadiness()
        case .health: answerHealth()
        case .version: answerVersion()
        case .index: answer(.ok, .json, Self.routes)
        case .readKV, .putKV, .deleteKV, .batch, .putStore, .readStore, .deleteStore, .join, .remove, .none:
            preconditionFailure("the route \(request.route) does not tell about the node")
        }
    }

    private func answer(_ status: HTTPStatus, _ type: HTTPLoop.BodyType, _ body: String) {
        let start = echo.writerIndex
        let frame = AnswerFrame(isHead: request.isHead, closes: request.closes, keepsAlive: request.announcesKeepAlive)
        loop.write(status, type, body: ByteBuffer(string: body), frame, to: &echo)
        enqueue(.canned, .ready, echoBytes: echo.writerIndex - start)
    }

    private func answerStats() {
        answer(
            .ok, .json, #"{"data":\#(RaftStats.json(loop.board.current)),"message":"Here is the raft status"}"# + "\n")
    }

    private func answerReadiness() {
        let excluded = String(decoding: request.excludedCheck, as: UTF8.self)
        let checks = Readiness.checks(loop.board.current, isDraining: loop.isDraining)
        let isReady = checks.allSatisfy { $0.isPassed || $0.name == excluded }
        if isReady, !request.isVerbose { return answer(.ok, .text, "ok\n") }
        var text = ""
        for check in checks {
            if check.name == excluded {
                text += "[+]\(check.name) excluded\n"
            } else {
                text += check.isPassed ? "[+]\(check.name) ok\n" : "[-]\(check.name) failed: \(check.failure)\n"
            }
        }
        text += isReady ? "readyz check passed\n" : "readyz check failed\n"
        answer(isReady ? .ok : .serviceUnavailable, .text, text)
    }

    private func answerHealth() {
        let checks = Readiness.checks(loop.board.current, isDraining: loop.isDraining)
        let isReady = checks.allSatisfy(\.isPassed)
        let members = checks.map { #""\#($0.name)":\#($0.isPassed)"# }.joined(separator: ",")
        let text = #"{"status":"\#(isReady ? "ok" : "unavailable")","checks":{\#(members)}}"# + "\n"
        answer(isReady ? .ok : .serviceUnavailable, .json, text)
    }

    private func answerVersion() {
        var body = ByteBuffer(string: #"{"name":"skiff","version":"#)
        JSONText.writeString(loop.settings.version, to: &body)
        body.writeStaticString("}\n")
        answer(.ok, .json, String(buffer: body))
    }

    private static let routes = """
        {"name":"skiff","routes":[\
        "GET /v1/kv/{key}","HEAD /v1/kv/{key}","PUT /v1/kv/{key}","DELETE /v1/kv/{key}",\
        "POST /v1/batch",\
        "POST /store","GET /store/{key}","DELETE /store/{key}",\
        "POST /raft/join","POST /raft/remove","GET /raft/stats",\
        "GET /livez","GET /readyz","GET /health","GET /version"]}

        """
}

/// Whether a node should get requests.
enum Readiness {
    struct Check {
        let name: String
        let isPassed: Bool
        /// What is missing, if it is.
        let failure: String
    }

    /// The checks in the order in which `/readyz` shows them. A node whose store fails stops, so that storage is ok
    /// wherever this is asked.
    static func checks(_ status: NodeStatus, isDraining: Bool) -> [Check] {
        [
            Check(name: "storage", isPassed: true, failure: ""),
            Check(
                name: "leader", isPassed: status.leaderID != nil,
                failure: "no leader is known, an election may be in progress"),
            Check(
                name: "caught_up", isPassed: status.isCaughtUp,
                failure: "\(status.unappliedEntries) committed entries are not applied, or a leader was not heard yet"),
            Check(
                name: "serving", isPassed: !status.isShuttingDown && !isDraining, failure: "the node is shutting down"),
        ]
    }
}
