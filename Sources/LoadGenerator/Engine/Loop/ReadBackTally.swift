/// The findings of one event loop when reading back.
struct ReadBackTally: Sendable {
    var checked: UInt64 = 0
    var lost: UInt64 = 0
    var foreign: UInt64 = 0
    var unreadable: UInt64 = 0
    var inconclusive: UInt64 = 0
    var examples: [String] = []
}
