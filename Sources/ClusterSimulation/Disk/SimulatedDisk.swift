/// The disk of one simulated machine. It outlives the processes that use it, each through its own
/// `SimulatedFileSystem`. One thread.
///
/// `@unchecked Sendable`: the simulation has one thread.
package final class SimulatedDisk: @unchecked Sendable {
    var image = DiskImage()
    /// Counts the losses of power. A file system of an earlier time is dead.
    private(set) var boot = 0
    /// Paths of locked files, and who has locked them.
    var locks: [(path: String, owner: Int32)] = []
    private var nextProcess: Int32 = 1

    // MARK: What goes wrong

    /// The size of the disk. A write that does not fit writes what fits, and fails.
    package var capacityBytes = Int.max
    /// After this many more calls that change the disk the power fails: that call does nothing, and every later one
    /// fails.
    package var callsUntilPowerFails: Int?
    /// After this many more syncs of a file one fails.
    package var syncsUntilOneFails: Int?
    /// The sync that is under way fails when it would end.
    package var failsSyncUnderWay = false
    /// Whatever is not in memory cannot be read.
    package var failsReads = false

    /// Why a call failed.
    package enum Failure: Sendable {
        case power, space, sync, read
    }

    private var failure: Failure?

    /// Why the last call failed that did; nil if none has failed since it was asked.
    package func takeFailure() -> Failure? {
        defer { failure = nil }
        return failure
    }

    /// Whether the last call that failed did so for this reason; then it is forgotten.
    func takeFailure(_ expected: Failure) -> Bool {
        guard failure == expected else { return false }
        failure = nil
        return true
    }

    /// A call fails.
    func noteFailure(_ failure: Failure) { self.failure = failure }

    /// Nothing goes wrong from now on.
    package func mend() {
        capacityBytes = .max
        callsUntilPowerFails = nil
        syncsUntilOneFails = nil
        failsSyncUnderWay = false
        failsReads = false
    }

    // MARK: Counts

    /// Calls that changed the disk.
    package private(set) var callCount = 0
    package private(set) var syncCount = 0
    package private(set) var failedSyncCount = 0
    package private(set) var powerLossCount = 0
    /// Files of whose end a loss of power has left a part.
    package private(set) var tornFileCount = 0
    /// Whether a call failed because `callsUntilPowerFails` had run out. Then call `losePower`.
    package private(set) var isWithoutPower = false

    package init() {}

    /// A file system on this disk for one process.
    package func mount() -> SimulatedFileSystem {
        defer { nextProcess += 1 }
        return SimulatedFileSystem(on: self, boot: boot, processID: nextProcess)
    }

    // MARK: Between two processes

    /// The power fails. Every file system of before is dead, locks are gone, and what was not synced meets its fate.
    package func losePower(_ fate: UnsyncedFate, drawing generator: inout some RandomNumberGenerator) {
        tornFileCount += image.losePower(fate, drawing: &generator)
        noteCrash()
    }

    func losePower(keeping: (Int) -> UnsyncedRest, keepingChanges: (Int) -> Int) {
        tornFileCount += image.losePower(
            keeping: keeping, keepingChanges: keepingChanges, tearingOverwrite: { _ in nil })
        noteCrash()
    }

    private func noteCrash() {
        startAnew()
        powerLossCount += 1
    }

    /// The content of the disk now, to restore it later.
    package func copy() -> DiskImage { image }

    /// Makes the disk what it was when the copy was taken. Precondition: no process uses the disk.
    package func restore(_ copy: DiskImage) {
        image = copy
        startAnew()
    }

    /// The same, except for the file at `path`, which stays as it is now.
    func restore(_ copy: DiskImage, except path: String) {
        let kept = content(of: path) ?? []
        restore(copy)
        guard case .file(let file) = image.target(of: path) else { return }
        image.files[file] = DiskImage.File(content: kept, syncedCount: kept.count)
    }

    private func startAnew() {
        boot += 1
        locks = []
        callsUntilPowerFails = nil
        syncsUntilOneFails = nil
        failsSyncUnderWay = false
        failure = nil
        isWithoutPower = false
    }

    /// Precondition: no process uses the disk.
    package func wipe() { restore(DiskImage()) }

    // MARK: Damage

    /// Paths of all files, in order.
    package var paths: [String] {
        var paths: [String] = []
        collect(0, under: "", into: &paths)
        return paths.sorted()
    }

    private func collect(_ directory: Int, under prefix: String, into paths: inout [String]) {
        for entry in image.directories[directory].entries {
            switch entry.target {
            case .file: paths.append("\(prefix)/\(entry.name)")
            case .directory(let inner): collect(inner, under: "\(prefix)/\(entry.name)", into: &paths)
            }
        }
    }

    /// The content of a file; nil if there is none.
    package func content(of path: String) -> [UInt8]? {
        guard case .file(let file) = image.target(of: path) else { return nil }
        return image.files[file]?.content
    }

    /// Size of the beginning of a file that survives a loss of power.
    package func syncedBytes(of path: String) -> Int? {
        guard case .file(let file) = image.target(of: path) else { return nil }
        return image.files[file]?.syncedCount
    }

    /// Flips one bit of a file. Returns whether there is one.
    @discardableResult
    package func flipBit(_ bit: Int, ofByte offset: Int, in path: String) -> Bool {
        guard case .file(let file) = image.target(of: path), let count = image.files[file]?.content.count,
            offset < count
        else { return false }
        image.files[file]!.content[offset] ^= 1 << UInt8(bit)
        return true
    }

    /// Cuts a file off after `count` bytes. Returns whether it had more.
    @discardableResult
    package func truncate(_ path: String, to count: Int) -> Bool {
        guard case .file(let file) = image.target(of: path), let content = image.files[file]?.content,
            count < content.count
        else { return false }
        image.files[file] = DiskImage.File(content: Array(content[..<count]), syncedCount: count)
        return true
    }

    // MARK: Calls of file systems

    /// Whether a call that changes the disk takes place. False from the moment on at which the power fails.
    func permitsCall() -> Bool {
        if let left = callsUntilPowerFails {
            if left <= 0 {
                isWithoutPower = true
                noteFailure(.power)
                return false
            }
            callsUntilPowerFails = left - 1
        }
        callCount += 1
        return true
    }

    /// Whether a sync of a file succeeds.
    func permitsSync() -> Bool {
        syncCount += 1
        guard let left = syncsUntilOneFails else { return true }
        if left > 0 {
            syncsUntilOneFails = left - 1
            return true
        }
        syncsUntilOneFails = nil
        failedSyncCount += 1
        noteFailure(.sync)
        return false
    }

    /// Whether the sync that is under way succeeds.
    func permitsEndOfSync() -> Bool {
        guard failsSyncUnderWay else { return true }
        failsSyncUnderWay = false
        failedSyncCount += 1
        noteFailure(.sync)
        return false
    }

    /// Whether bytes can be read that are not in memory.
    func permitsRead() -> Bool {
        if failsReads { noteFailure(.read) }
        return !failsReads
    }
}
