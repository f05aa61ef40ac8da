/// The outcome of a condition.
package struct ConditionOutcome: Sendable, Equatable {
    package var condition: Condition
    /// In the unit of the threshold; nil if there was nothing to measure.
    package var measured: Double?
    /// A condition without a measurement, or with an objection, does not hold.
    package var holds: Bool
    /// Why the measured value does not represent the run.
    package var objection: String?

    /// The measured value with its unit.
    package var measuredText: String {
        guard let measured else { return "nothing was measured" }
        switch condition.metric {
        case .percentile, .mean, .max, .gap: return Decimals.milliseconds(measured * 1e3) + " ms"
        case .rate: return Decimals.plain(measured, fractionDigitsMax: 1) + "/s"
        case .errorShare: return Decimals.percent(measured)
        case .errorCount: return Decimals.plain(measured)
        }
    }

    /// The condition with what was measured.
    var sentence: String {
        let objection = objection.map { ", but \($0)" } ?? ""
        return "\(condition.text) \(holds ? "holds" : "does not hold"): \(measuredText)\(objection)"
    }
}
