/// Maps values of one axis to 0…1, with ticks at round values.
struct ChartScale {
    struct Tick {
        var value: Double
        var label: String
    }

    let lower: Double
    let upper: Double
    let isLogarithmic: Bool
    let ticks: [Tick]

    /// From zero to a round value at or above the highest.
    static func linear(upTo highest: Double, label: (Double) -> String) -> ChartScale {
        let target = highest > 0 && highest.isFinite ? highest : 1
        let step = roundStep(target / 4)
        let count = max(1, Int((target / step - 1e-9).rounded(.up)))
        let ticks = (0...count).map { Tick(value: Double($0) * step, label: label(Double($0) * step)) }
        return ChartScale(lower: 0, upper: Double(count) * step, isLogarithmic: false, ticks: ticks)
    }

    /// From the step 1, 2 or 5 of a power of ten at or below the lowest value to one at or above the highest; all are
    /// above zero. If that makes too many ticks, only the powers have one. An empty label omits its tick.
    static func logarithmic(from lowest: Double, to highest: Double, label: (Double) -> String) -> ChartScale {
        let first = steps.lastIndex { $0 <= lowest } ?? 0
        let last = max(first + 1, steps.firstIndex { $0 >= highest } ?? steps.count - 1)
        let upper = min(last, steps.count - 1)
        let lower = min(first, upper - 1)
        let powersOnly = upper - lower > 9
        let ticks = (lower...upper).compactMap { index -> Tick? in
            guard !powersOnly || index % 3 == 0 else { return nil }
            let text = label(steps[index])
            return text.isEmpty ? nil : Tick(value: steps[index], label: text)
        }
        return ChartScale(lower: steps[lower], upper: steps[upper], isLogarithmic: true, ticks: ticks)
    }

    /// Each power of ten is at an index divisible by three.
    private static let steps: [Double] = {
        // Division by a whole power gives exactly the numbers 0.2 and 0.5.
        let fractions: [Double] = [1_000, 100, 10]
        let powers: [Double] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
        let small = fractions.flatMap { divisor -> [Double] in [1 / divisor, 2 / divisor, 5 / divisor] }
        let large = powers.flatMap { power -> [Double] in [power, 2 * power, 5 * power] }
        return small + large
    }()

    /// Values outside of the axis are clamped to its ends.
    func position(_ value: Double) -> Double {
        let clamped = min(max(value, lower), upper)
        guard isLogarithmic else { return (clamped - lower) / (upper - lower) }
        return (Self.logarithm(clamped) - Self.logarithm(lower)) / (Self.logarithm(upper) - Self.logarithm(lower))
    }

    /// 1, 2 or 5 times a power of ten, at or above the value.
    private static func roundStep(_ value: Double) -> Double {
        var power = 1e-6
        while power * 10 <= value { power *= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= value * 0.999_999 } ?? power * 10
    }

    /// Logarithm to base two, from the exponent and the first terms of the series of the significand; charts need four
    /// digits.
    private static func logarithm(_ value: Double) -> Double {
        // ln(m) = 2 artanh((m - 1) / (m + 1)), and m is in 1..<2.
        let ratio = (value.significand - 1) / (value.significand + 1)
        let square = ratio * ratio
        let series = ratio * (2 + square * (2.0 / 3 + square * (2.0 / 5 + square * (2.0 / 7 + square * 2 / 9))))
        return Double(value.exponent) + series / 0.693_147_180_559_945_3
    }
}
