import HotPath
import RaftCore

/// The thread for comparisons of one replica. It does little but note what is asked of it.
final class PlayedComparer: StateComparer, @unchecked Sendable {
    private(set) var compared: [(range: KeyRange, id: LogID)] = []
    var searches: [[UInt8]] = []
    /// Called on the apply thread when it asks for a comparison.
    var onCompare: () -> Void = {}

    func compare(_ range: KeyRange, at id: LogID) {
        compared.append((range, id))
        onCompare()
    }

    func findEnd(of start: [UInt8], bytes: Int) { searches.append(start) }
}
