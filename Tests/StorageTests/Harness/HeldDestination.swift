import HotPath

@testable import Storage

/// A disk that stands still: tables wait here until the test lets them through, and then are gone.
///
/// `@unchecked Sendable`: mutable state is touched only with `monitor` locked.
final class HeldDestination: TableDestination, @unchecked Sendable {
    private let monitor = Monitor()
    private var arrived = 0
    private var permitted = 0
    private var hurries: [Bool] = []

    /// Whether there was a hurry, as it changed.
    var hurryChanges: [Bool] { monitor.withLock { hurries } }

    func prepare(_ table: MemTable) throws(StoreFailure) {}

    func mayEnter(_ family: any EngineFamily) throws(StoreFailure) -> Bool { true }

    func enter(_ table: MemTable, into family: any EngineFamily) throws(StoreFailure) {
        monitor.withLock {
            arrived += 1
            monitor.signal()
            while permitted < arrived { monitor.wait() }
        }
    }

    func setHurry(_ isHurrying: Bool) {
        monitor.withLock { if hurries.last != isHurrying { hurries.append(isHurrying) } }
    }

    func close() {}

    /// Waits until this many tables have come.
    func waitForTables(_ count: Int) {
        monitor.withLock {
            while arrived < count { monitor.wait() }
        }
    }

    /// Lets the next `count` tables through.
    func letThrough(_ count: Int) {
        monitor.withLock { permitted += count }
        monitor.signal()
    }
}
