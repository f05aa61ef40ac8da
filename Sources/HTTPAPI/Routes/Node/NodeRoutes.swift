internal import HotPath
internal import NIOCore

/// Routes about this node: their answers are known at once.
enum NodeRoutes {
    /// raft-sample's `/raft/stats`.
    enum Stats: NodeRoute {
        static func answer(_ head: RequestHead, _ table: ConnectionTable) -> NodeAnswer {
            let stats = RaftStats.json(table.services.board.current)
            return NodeAnswer(
                .ok, AnswerHead.json, #"{"data":\#(stats),"message":"Here is the raft status"}"# + "\n")
        }
    }

    enum Livez: NodeRoute {
        static func answer(_ head: RequestHead, _ table: ConnectionTable) -> NodeAnswer {
            NodeAnswer(.ok, AnswerHead.text, "ok\n")
        }
    }

    enum Readyz: NodeRoute {
        static func takes(_ parameter: Parameter) -> Bool {
            parameter == .verbose || parameter == .exclude || parameter == .pretty
        }

        static func answer(_ head: RequestHead, _ table: ConnectionTable) -> NodeAnswer {
            let checks = Readiness.checks(table.services.board.current, isDraining: table.isDraining)
            let isReady = checks.allSatisfy { $0.isPassed || $0.name == head.excludedCheck }
            if isReady, !head.isVerbose { return NodeAnswer(.ok, AnswerHead.text, "ok\n") }
            var text = ""
            for check in checks {
                let name = check.name.rawValue
                if check.name == head.excludedCheck {
                    text += "[+]\(name) excluded\n"
                } else {
                    let passed = check.alarm.isEmpty ? "ok" : "alarm: \(check.alarm)"
                    text += check.isPassed ? "[+]\(name) \(passed)\n" : "[-]\(name) failed: \(check.failure)\n"
                }
            }
            text += isReady ? "readyz check passed\n" : "readyz check failed\n"
            return NodeAnswer(isReady ? .ok : .serviceUnavailable, AnswerHead.text, text)
        }
    }

    enum Health: NodeRoute {
        static func answer(_ head: RequestHead, _ table: ConnectionTable) -> NodeAnswer {
            let checks = Readiness.checks(table.services.board.current, isDraining: table.isDraining)
            let isReady = checks.allSatisfy(\.isPassed)
            let members = checks.map { #""\#($0.name)":\#($0.isPassed)"# }.joined(separator: ",")
            let text = #"{"status":"\#(isReady ? "ok" : "unavailable")","checks":{\#(members)}}"# + "\n"
            return NodeAnswer(isReady ? .ok : .serviceUnavailable, AnswerHead.json, text)
        }
    }

    enum Version: NodeRoute {
        static func answer(_ head: RequestHead, _ table: ConnectionTable) -> NodeAnswer {
            var body = ByteBuffer(string: #"{"name":"skiff","version":"#)
            JSONText.writeString(table.services.settings.version, to: &body)
            body.writeStaticString("}\n")
            return NodeAnswer(.ok, AnswerHead.json, String(buffer: body))
        }
    }

    /// `GET /`: the routes there are.
    enum Index: NodeRoute {
        static func answer(_ head: RequestHead, _ table: ConnectionTable) -> NodeAnswer {
            let others = RouteTable.paths.filter { !$0.isIndex }.flatMap(\.descriptions)
            let list = others.map { "\"\($0)\"" }.joined(separator: ",")
            return NodeAnswer(.ok, AnswerHead.json, #"{"name":"skiff","routes":[\#(list)]}"# + "\n")
        }
    }
}
