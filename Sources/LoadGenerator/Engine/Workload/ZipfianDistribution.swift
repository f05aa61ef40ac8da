internal import Glibc

/// Ranks 0, 1, 2, … where rank r comes up in proportion to 1/(r+1)^theta: the algorithm of Gray et al., "Quickly
/// generating billion-record synthetic databases" (SIGMOD 1994), which YCSB uses.
///
/// The sum of all 1/i^theta is added up for the first 100,000 ranks and continued by the Euler–Maclaurin formula, which
/// is exact to about nine digits, so that any number of ranks takes milliseconds to set up.
struct ZipfianDistribution {
    private(set) var count: UInt64
    private let theta: Double
    private let alpha: Double
    private let zetaOfTwo: Double
    private let secondRankBound: Double
    private var zeta: Double
    private var eta: Double

    /// `count` is at least 1, `theta` between 0 and 1, both excluded.
    init(count: UInt64, theta: Double) {
        precondition(count > 0, "a distribution over no ranks cannot be drawn from")
        precondition(theta > 0 && theta < 1, "theta is \(theta), which is not between 0 and 1")
        self.count = count
        self.theta = theta
        alpha = 1 / (1 - theta)
        zetaOfTwo = 1 + pow(0.5, theta)
        secondRankBound = zetaOfTwo
        zeta = Self.zeta(count, theta)
        eta = 0
        updateEta()
    }

    /// Adds the ranks up to `newCount`; costs one power per rank.
    mutating func grow(to newCount: UInt64) {
        guard newCount > count else { return }
        for rank in (count + 1)...newCount { zeta += pow(Double(rank), -theta) }
        count = newCount
        updateEta()
    }

    /// In `0..<count`.
    func draw(_ random: inout RandomSource) -> UInt64 {
        let unit = random.unit()
        let scaled = unit * zeta
        if scaled < 1 { return 0 }
        if scaled < secondRankBound { return min(1, count - 1) }
        let rank = UInt64(Double(count) * pow(eta * unit - eta + 1, alpha))
        return min(rank, count - 1)
    }

    private mutating func updateEta() {
        let rest = 1 - zetaOfTwo / zeta
        // With one or two ranks the draw ends before eta is used.
        eta = rest == 0 ? 0 : (1 - pow(2 / Double(count), 1 - theta)) / rest
    }

    /// The sum of 1/i^theta over `1...count`.
    static func zeta(_ count: UInt64, _ theta: Double) -> Double {
        let exactCount = min(count, 100_000)
        var sum = 0.0
        for rank in 1...exactCount { sum += pow(Double(rank), -theta) }
        guard count > exactCount else { return sum }
        let low = Double(exactCount)
        let high = Double(count)
        let integral = (pow(high, 1 - theta) - pow(low, 1 - theta)) / (1 - theta)
        return sum + integral + (pow(high, -theta) - pow(low, -theta)) / 2
    }
}
