package struct WeightedSize: Sendable, Equatable {
    package var bytes: Int
    package var weight: Double

    package init(bytes: Int, weight: Double) {
        self.bytes = bytes
        self.weight = weight
    }
}
