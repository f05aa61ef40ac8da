import NIOCore

@testable import HTTPAPI

/// All that a client and a replica see of one connection.
struct ConnectionOutcome: Equatable {
    /// A request for NIO's decoder, which stays once it is there: two spaces before a value are legal and rare.
    static let handsOver = "GET /livez HTTP/1.1\r\nHost:  x\r\n\r\n"

    let answers: String
    let submissions: [String]
    let collectedBytes: Int
    let isOpen: Bool

    /// Sends `pieces` after `prelude`, each as one read, and after them a request that a good connection answers.
    init(of pieces: [ArraySlice<UInt8>], after prelude: String) throws {
        let node = EmbeddedNode()
        node.answersAtOnce()
        let connection = try node.connect()
        try connection.send(prelude)
        _ = try connection.received()
        for piece in pieces { try connection.send(piece) }
        try connection.send("GET /v1/kv/last HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = try connection.received()
        submissions = node.replica.submissions.map {
            "\($0.header, default: "read") \($0.contentType) \($0.key) \($0.value) \($0.group, default: "")"
        }
        collectedBytes = node.services.bodies.bytes
        node.advance(.seconds(3))
        isOpen = connection.isOpen
    }

    /// The outcome of `text` where `PlainHead` reads what it can, and where NIO's decoder reads everything.
    static func ofBothWays(_ text: String) throws -> (plain: ConnectionOutcome, decoded: ConnectionOutcome) {
        let bytes = [Array(text.utf8)[...]]
        return (try ConnectionOutcome(of: bytes, after: ""), try ConnectionOutcome(of: bytes, after: handsOver))
    }

    /// The first answer.
    var first: Answer {
        get throws {
            guard let first = try Answer.all(answers).first else { throw Answer.Malformed(text: "no answer") }
            return first
        }
    }
}
