internal import ClusterControl
internal import HotPath
internal import NIOCore

/// raft-sample's `/raft/join` and `/raft/remove`: rare, so they may cost a task each.
enum MembershipRoutes {
    enum Join: MembershipRoute {
        static var isJoin: Bool { true }
    }

    enum Remove: MembershipRoute {
        static var isJoin: Bool { false }
    }

    /// Lets a node serve again that another cluster takes for its member.
    enum Unfence: Route {
        static func takes(_ parameter: Parameter) -> Bool { parameter == .pretty }

        static func carryOut(
            _ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable
        ) {
            let services = table.services
            let tag = answers.append(.prepared(isWrite: true), .waiting, for: request.head, services)
            let options = AnswerOptions(of: request.head)
            let bound = NIOLoopBound(table, eventLoop: services.eventLoop)
            let control = services.control
            let eventLoop = services.eventLoop
            Task {
                let wasFenced = await control.liftFence()
                eventLoop.execute {
                    let table = bound.value
                    let words = wasFenced ? "this node serves again" : "this node was not fenced"
                    let body = ByteBuffer(string: #"{"message":"\#(words)"}"# + "\n")
                    var bytes = ByteBuffer()
                    body.withUnsafeReadableBytes {
                        table.services.writer.write(AnswerHead(.ok, AnswerHead.json), body: $0, options, to: &bytes)
                    }
                    table.deliver(prepared: bytes, to: tag)
                }
            }
        }
    }
}
