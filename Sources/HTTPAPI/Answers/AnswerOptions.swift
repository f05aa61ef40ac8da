internal import KeyValue

/// The part of a request's head that matters to its answer.
struct AnswerOptions: OptionSet {
    let rawValue: UInt8

    /// The request was `HEAD`: the head is that of the answer to `GET`, the body is left out.
    static let isHead = AnswerOptions(rawValue: 1)
    /// The connection ends with the answer.
    static let closes = AnswerOptions(rawValue: 2)
    /// The answer says that the connection stays open, which HTTP/1.0 wants to hear.
    static let announcesKeepAlive = AnswerOptions(rawValue: 4)
    /// The read was not linearizable.
    static let isStale = AnswerOptions(rawValue: 8)
    /// `format=json`.
    static let answersJSON = AnswerOptions(rawValue: 16)
    /// Errors are worded as raft-sample's users know them.
    static let isLegacy = AnswerOptions(rawValue: 32)
    /// The write asks for an absent key.
    static let wantsAbsence = AnswerOptions(rawValue: 64)
}

extension AnswerOptions {
    init(of head: RequestHead) {
        self = []
        if head.isHead { insert(.isHead) }
        if head.closes { insert(.closes) }
        if head.announcesKeepAlive { insert(.announcesKeepAlive) }
        if head.consistency == .stale { insert(.isStale) }
        if head.answersJSON { insert(.answersJSON) }
        if head.surface == .legacy { insert(.isLegacy) }
        if head.condition == .absent { insert(.wantsAbsence) }
    }
}
