package struct InstallSnapshotResponse: Hashable, Sendable {
    package var lastIncluded: LogID
    package var installed: Bool

    package init(lastIncluded: LogID, installed: Bool) {
        self.lastIncluded = lastIncluded
        self.installed = installed
    }
}
