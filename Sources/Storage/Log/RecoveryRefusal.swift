internal import HotPath
internal import RaftCore

/// Why a node does not start with the log that it has.
enum RecoveryRefusal: Error {
    /// Something cannot be read, or contradicts itself.
    case damaged(StoreFailure)
    /// Something that was durable once is missing, as the sentence says.
    case lost(String)
    /// An entry is above the feature level of this release.
    case unknown(UnknownEntry, known: UInt8)
}

extension StorageError {
    init(directory: String, _ refusal: RecoveryRefusal, _ changes: String) {
        switch refusal {
        case .damaged(let failure): self.init(directory: directory, unreadable: failure, changes)
        case .lost(let complaint): self.init(directory: directory, lost: complaint, changes)
        case .unknown(let entry, let known): self.init(directory: directory, entry, knowing: known)
        }
    }
}
