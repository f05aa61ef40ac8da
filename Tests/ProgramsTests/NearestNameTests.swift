import Programs
import Testing

@Suite("The nearest of several names")
struct NearestNameTests {
    @Test("The nearest name is the one with the fewest edits, the first of equals")
    func nearest() {
        #expect(NearestName.nearest(to: "kitten", among: ["mitten", "sitting"], editsMax: 1) == "mitten")
        #expect(NearestName.nearest(to: "kitten", among: ["bitten", "mitten"], editsMax: 1) == "bitten")
        #expect(NearestName.nearest(to: "kitten", among: ["sitting"], editsMax: 3) == "sitting")
        #expect(NearestName.nearest(to: "kitten", among: ["sitting"], editsMax: 2) == nil)
        #expect(NearestName.nearest(to: "a", among: [], editsMax: 9) == nil)
    }

    @Test("Case, dashes and underscores do not count")
    func folding() {
        #expect(NearestName.nearest(to: "Node_ID", among: ["node-id"], editsMax: 0) == "node-id")
        #expect(NearestName.isSame("Node_ID", "nodeId"))
        #expect(!NearestName.isSame("node-id", "node-ids"))
    }
}
