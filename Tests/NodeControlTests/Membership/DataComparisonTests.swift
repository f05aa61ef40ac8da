import HotPath
import RaftCore
import Testing

@testable import NodeControl

@Suite("The answer to who asks whether all members have the same data")
struct DataComparisonTests {
    @Test("Only members that have answered agree, and one alone only in a cluster of one")
    func agreement() {
        let id = LogID(index: LogIndex(7), term: Term(2))
        func agree(_ hashes: UInt64?...) -> Bool {
            let answers = hashes.enumerated().map { number, hash in
                WholeComparison.Answer(
                    id: NodeID("node\(number)"),
                    digest: hash.map { StateDigest(applied: id, revision: 3, keyCount: 1, hash: $0) })
            }
            return DataComparison.json(id, answers).contains(#""agree":true"#)
        }
        #expect(agree(5, 5, 5))
        #expect(agree(5, 5, nil))
        #expect(agree(5))
        #expect(!agree(5, 6, 5))
        #expect(!agree(5, nil, nil))
        #expect(!agree(nil, nil, nil))
    }
}
