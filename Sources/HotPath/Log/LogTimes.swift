/// How long the disk has taken for the jobs of the log thread, at most, within the last minute. In nanoseconds.
package struct LogTimes: Hashable, Sendable {
    /// The longest write of a batch: into the operating system's memory, and into that of the database.
    package private(set) var write: UInt64 = 0
    /// The longest sync of a batch.
    package private(set) var sync: UInt64 = 0

    package init() {}

    /// With what another batch has taken.
    package mutating func note(write: UInt64, sync: UInt64) {
        self.write = max(self.write, write)
        self.sync = max(self.sync, sync)
    }
}
