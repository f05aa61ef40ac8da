import Testing

extension TestCluster {
    /// All nodes come to the same entry, and then hold the same data. Nobody may write meanwhile.
    func expectSameData() throws {
        var answers: [HTTPResponse] = []
        try waitUntil("all nodes have applied the same entries") {
            answers = try nodes.map { try $0.get("/v1/hash") }
            return Set(answers.map { $0.json["index"] as? Int }).count == 1
        }
        #expect(answers.allSatisfy { $0.status == 200 })
        let texts = answers.map(\.text)
        #expect(Set(texts).count == 1, "\(texts)")
    }
}
