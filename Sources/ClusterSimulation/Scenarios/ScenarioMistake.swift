/// A line of a scenario that cannot be played, and what would be right.
package struct ScenarioMistake: Error, Hashable, CustomStringConvertible {
    /// From 1 on.
    package let line: Int
    package let message: String

    package var description: String { "line \(line): \(message)" }
}
