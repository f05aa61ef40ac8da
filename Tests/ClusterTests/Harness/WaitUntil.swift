import Foundation

struct WaitedInVain: Error, CustomStringConvertible {
    let description: String
}

/// Thrown by the condition of `waitUntil` when it can never hold.
struct Hopeless: Error, CustomStringConvertible {
    let description: String
}

/// Evaluates a condition again and again, with short pauses, until it holds. For events in other processes.
///
/// An error that the condition throws counts as "not yet"; the last one is part of the failure.
func waitUntil(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () throws -> Bool
) throws(WaitedInVain) {
    let deadline = ContinuousClock.now + limit
    var lastError: (any Error)?
    while true {
        do {
            if try condition() { return }
            lastError = nil
        } catch let error as Hopeless {
            throw WaitedInVain(description: "it is hopeless to wait until \(what): \(error)")
        } catch {
            lastError = error
        }
        guard ContinuousClock.now < deadline else {
            let reason = lastError.map { " (\($0))" } ?? ""
            throw WaitedInVain(description: "waited \(limit) in vain until \(what)\(reason)")
        }
        pause(.milliseconds(10))
    }
}

func pause(_ duration: Duration) {
    let parts = duration.components
    Thread.sleep(forTimeInterval: Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
}

extension Duration {
    var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
    }
}
