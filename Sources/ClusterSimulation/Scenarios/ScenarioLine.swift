/// A step of a scenario, and where it stands, for a breach.
struct ScenarioLine: Hashable {
    /// From 1 on; 0 if it was not read from a text.
    var number = 0
    var step: ScenarioStep
}
