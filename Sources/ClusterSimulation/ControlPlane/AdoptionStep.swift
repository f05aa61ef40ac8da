/// The steps of an adoption, in their order: after each of them it can break off.
enum AdoptionStep: Int, CaseIterable {
    case connect, preamble, hello, welcome, requestSent, requestRead, historyDropped, answerWritten, answerRead

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
