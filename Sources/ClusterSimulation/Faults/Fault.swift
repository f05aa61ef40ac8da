/// What a schedule does to a cluster, or has an operator do. Each has a form in words, which `Fault.init(words:)` reads
/// back; times are milliseconds.
enum Fault: Hashable {
    // MARK: Processes

    /// The process ends, after some more effects of its next turn or at once, and starts again later.
    case crash(Target, afterEffects: Int, downtime: Int)
    /// All nodes lose power at once.
    case powerLoss(downtime: Int)
    /// A node loses power, at once or in the midst of one of its next calls that change its disk.
    case power(Target, afterCalls: Int, downtime: Int)
    /// A node loses power in one of the calls that change its disk while it next installs a snapshot.
    case powerInInstallation(Target, afterCalls: Int, downtime: Int)
    /// The nodes of a set lose power at once; bit n of `set` is node n.
    case powerOfSome(set: Int, downtime: Int)
    case pause(Target, Int)
    /// Everything in the process takes ten times as long.
    case slow(Target, Int)
    /// The process is asked to stop, stops when it is idle, and starts again later.
    case terminate(Target, downtime: Int)

    // MARK: Disks

    case hangDisk(Target, Int)
    case hangApply(Target, Int)
    case hangReads(Target, Int)
    /// A sync fails; the process ends.
    case failSync(Target, downtime: Int)
    /// For a while a disk has this many free bytes, and a write that needs more ends the process.
    case fillDisk(Target, leaving: Int, Int)
    /// For a while nothing can be read from a disk.
    case failReads(Target, Int)
    /// The node starts with an older copy of its disk.
    case oldDisk(Target, downtime: Int)
    /// The node starts with an older copy of its database, and with all other files as they are.
    case oldDatabase(Target, downtime: Int)
    /// The node starts with an empty disk.
    case wipe(Target, downtime: Int)
    /// The leader ends as soon as a node knows that its disk went back, and has not got again what it lost.
    case crashInRepair(downtime: Int)

    /// A process ends, one bit of what its disk holds changes, anywhere, and the node starts again.
    case flipBit(Target, at: Int, downtime: Int)
    /// A process ends, one file of its disk ends earlier, anywhere, and the node starts again.
    case cutFile(Target, at: Int, downtime: Int)

    /// A process ends, a record that nobody wrote appears among the data of the node, and the node starts again.
    case rot(Target, downtime: Int)

    /// A node drops the log that its state machine covers.
    case compact(Target)

    // MARK: Network

    /// Nothing passes from or to a node.
    case isolate(Target, Int)
    /// Nothing passes from one node to the other; the other direction works.
    case deafen(from: Target, to: Target, Int)
    /// Nothing passes between two nodes.
    case cut(Target, Target, Int)
    /// The nodes of a set and the others cannot talk; bit n of `set` is node n.
    case split(set: Int, Int)
    /// The link of two nodes closes; a new one opens soon.
    case breakLink(Target, Target)
    /// Loss, delay and disorder for a while.
    case storm(Int)

    // MARK: Operators

    /// A node is to be taken in by a real join, whose adoption may break off.
    case join(Target, AdoptionBreak?)
    case add(Target)
    case promote(Target)
    case demote(Target)
    case remove(Target)
    /// The node starts again as a later release than the cluster is at.
    case upgrade(Target, downtime: Int)
    /// The node starts again as the release before its own.
    case downgrade(Target, downtime: Int)
    /// Whoever leads raises the feature level of the cluster, if it may.
    case raiseLevel
    /// To a target, or to whomever the leader chooses.
    case transfer(Target?)

    /// Whether it is meant to end the leadership of whoever leads, or does so if two such faults meet.
    var mayEndLeadership: Bool {
        switch self {
        case .crash(.leader, _, _), .isolate(.leader, _), .transfer: true
        case .cut(_, _, let time), .deafen(_, _, let time): time > 120
        default: false
        }
    }
}
