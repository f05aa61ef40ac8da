import ClusterControl
import Testing

@Suite("Cluster ids")
struct ClusterIDTests {
    @Test("An id is written as 32 hexadecimal digits, zeros included")
    func description() {
        #expect(ClusterID(high: 0xAB, low: 1).description == "00000000000000ab0000000000000001")
        #expect(ClusterID(high: .max, low: 0).description == "ffffffffffffffff0000000000000000")
    }

    @Test("Two clusters draw two ids")
    func random() {
        #expect(ClusterID.random() != ClusterID.random())
    }
}
