internal import Synchronization

/// Decides at the door whether a request may enter, so that overload is answered at once and memory stays bounded.
/// Counts the requests that have been submitted on this node and not been answered. Any thread.
package final class Admission: Sendable {
    private let commands = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    private let closed = Atomic<Bool>(false)

    /// A share of the room at the door, as one or more requests took it.
    struct Room: Hashable {
        var commands = 0
        var bytes = 0

        static func += (left: inout Room, right: Room) {
            left.commands += right.commands
            left.bytes += right.bytes
        }
    }

    package init() {}

    /// Takes room for one command or read, or for a group, which counts as many commands as it has operations. False if
    /// a limit is reached or the door is closed; then nothing was taken.
    package func reserve(commands added: Int = 1, bytes size: Int) -> Bool {
        guard !closed.load(ordering: .relaxed) else { return false }
        let count = commands.wrappingAdd(added, ordering: .relaxed).newValue
        let total = bytes.wrappingAdd(size, ordering: .relaxed).newValue
        guard count <= ReplicaLimits.waitingCommandsMax, total <= ReplicaLimits.waitingBytesMax else {
            release(commands: added, bytes: size)
            return false
        }
        return true
    }

    /// Gives back the room that answered requests had taken.
    package func release(commands count: Int, bytes size: Int) {
        let left = commands.wrappingSubtract(count, ordering: .relaxed).newValue
        bytes.wrappingSubtract(size, ordering: .relaxed)
        assert(left >= 0, "more requests were answered than admitted")
    }

    func release(_ room: Room) {
        if room != Room() { release(commands: room.commands, bytes: room.bytes) }
    }

    /// The replica closes the door while entries wait for commit or apply beyond their limits.
    package func setClosed(_ isClosed: Bool) {
        if closed.load(ordering: .relaxed) != isClosed { closed.store(isClosed, ordering: .relaxed) }
    }

    package var waitingCommands: Int { commands.load(ordering: .relaxed) }
    package var waitingBytes: Int { bytes.load(ordering: .relaxed) }
}
