import HotPath
import RaftCore

/// The thread for comparisons of one replica. It does nothing but note what is asked of it.
final class PlayedComparer: StateComparer, @unchecked Sendable {
    private(set) var compared: [(range: KeyRange, id: LogID)] = []
    var searches: [[UInt8]] = []

    func compare(_ range: KeyRange, at id: LogID) { compared.append((range, id)) }

    func findEnd(of start: [UInt8], bytes: Int) { searches.append(start) }
}
