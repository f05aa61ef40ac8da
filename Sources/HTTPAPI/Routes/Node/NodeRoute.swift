internal import HotPath
internal import NIOCore

/// A route whose answer is text that is known at once.
protocol NodeRoute: Route {
    static func answer(_ head: RequestHead, _ table: ConnectionTable) -> NodeAnswer
}

struct NodeAnswer {
    let head: AnswerHead
    let body: String

    init(_ status: HTTPStatus, _ type: UnsafeRawBufferPointer, _ body: String) {
        head = AnswerHead(status, type)
        self.body = body
    }
}

extension NodeRoute {
    static var answersBeyondLimit: Bool { true }

    static func takes(_ parameter: Parameter) -> Bool { parameter == .pretty || parameter == .verbose }

    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let answer = answer(request.head, table)
        var body = answer.body
        body.withUTF8 {
            answers.append(answer.head, body: UnsafeRawBufferPointer($0), for: request.head, table.services)
        }
    }
}
