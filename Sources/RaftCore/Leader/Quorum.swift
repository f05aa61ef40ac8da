/// Arithmetic of majorities.
enum Quorum {
    /// The smallest number of voters that form a majority; 1 without voters, so that nothing commits without one.
    static func size(voterCount: Int) -> Int { voterCount / 2 + 1 }

    /// The highest index that a majority has reached, where `indexes` holds one index per voter; it is sorted in place.
    /// Zero without voters. Half of an even number of voters is not a majority.
    static func reached(_ indexes: inout [LogIndex]) -> LogIndex {
        if indexes.isEmpty { return .zero }
        for position in 1..<max(indexes.count, 1) {
            let index = indexes[position]
            var hole = position
            while hole > 0, indexes[hole - 1] < index {
                indexes[hole] = indexes[hole - 1]
                hole -= 1
            }
            indexes[hole] = index
        }
        return indexes[indexes.count / 2]
    }
}
