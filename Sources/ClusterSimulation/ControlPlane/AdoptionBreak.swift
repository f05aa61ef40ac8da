/// An adoption that is to break off: at which step, how, and whose.
struct AdoptionBreak {
    enum Manner: Int, CaseIterable {
        case reset, crashJoiner, crashLeader, powerLossOfJoiner, cut
    }

    var step: AdoptionStep
    var manner: Manner
    var joiner: Int
}
