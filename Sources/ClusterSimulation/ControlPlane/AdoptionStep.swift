/// The steps of an adoption, in their order: after each of them it can break off.
enum AdoptionStep: String, CaseIterable {
    case connect, preamble, hello, welcome
    case requestSent = "request-sent"
    case requestRead = "request-read"
    case historyDropped = "history-dropped"
    case answerWritten = "answer-written"
    case answerRead = "answer-read"

    var point: Coverage.Point {
        switch self {
        case .connect: .brokenAtConnect
        case .preamble: .brokenAtPreamble
        case .hello: .brokenAtHello
        case .welcome: .brokenAtWelcome
        case .requestSent: .brokenAtRequestSent
        case .requestRead: .brokenAtRequestRead
        case .historyDropped: .brokenAtHistoryDropped
        case .answerWritten: .brokenAtAnswerWritten
        case .answerRead: .brokenAtAnswerRead
        }
    }
}
