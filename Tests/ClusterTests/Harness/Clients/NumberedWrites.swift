/// Keys and values that follow from their numbers, written by many clients at once.
struct NumberedWrites: Sendable {
    var count: Int
    var key: @Sendable (Int) -> String
    var value: @Sendable (Int) -> String

    /// The pair of each number, or of every `step`th.
    func pairs(each step: Int = 1) -> [(key: String, value: String)] {
        stride(from: 0, to: count, by: step).map { (key($0), value($0)) }
    }

    /// Writes all over this many connections, each to the node that `node` names for it. Returns a sentence for each
    /// write that was not answered with 200.
    func write(connections: Int, to node: @escaping @Sendable (Int) -> ClusterNode) throws -> [String] {
        try onThreads(connections) { number in
            try write(stride(from: number, to: count, by: connections), to: node(number))
        }.flatMap(\.self)
    }

    /// After an answer that an election explains, which a busy machine may cause, a write is repeated.
    private func write(_ numbers: StrideTo<Int>, to node: ClusterNode) throws -> [String] {
        var failures: [String] = []
        let connection = try node.connect(timeout: .seconds(60))
        for number in numbers {
            let request = HTTPRequest("PUT", KeyTarget.v1(key(number)), body: Array(value(number).utf8))
            var response = try connection.perform(request)
            for _ in 0..<20 where [429, 503, 504].contains(response.status) {
                response = try connection.perform(request)
            }
            if response.status != 200 { failures.append("\(number): \(response.testDescription)") }
        }
        return failures
    }
}
