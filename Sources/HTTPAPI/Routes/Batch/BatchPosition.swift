internal import Bytes
internal import KeyValue
internal import NIOCore

/// Where an operation stands in the body of a batch.
struct BatchPosition: Hashable {
    /// From 0. Blank lines do not count.
    var index = 0
    /// From 1, with blank lines; nil in an array.
    var line: Int?

    func sentence(_ message: String) -> String {
        guard let line else { return "operation \(index): \(message)" }
        return "operation \(index) (line \(line)): \(message)"
    }
}
