/// Where an adoption breaks off, and how.
struct AdoptionBreak: Hashable {
    enum Manner: String, CaseIterable {
        case reset, cut
        case crashJoiner = "crash-of-joiner"
        case crashLeader = "crash-of-leader"
        case powerLossOfJoiner = "power-loss-of-joiner"
    }

    var step: AdoptionStep
    var manner: Manner
}

extension AdoptionBreak: CustomStringConvertible {
    /// As scenarios write it, after the fault that it is part of.
    var description: String { "broken at \(step.rawValue) by \(manner.rawValue)" }

    /// Reads it back; nil if the words are none.
    init?(words: [String]) {
        guard words.count == 5, words[0] == "broken", words[1] == "at", words[3] == "by",
            let step = AdoptionStep(rawValue: words[2]), let manner = Manner(rawValue: words[4])
        else { return nil }
        self.init(step: step, manner: manner)
    }
}
