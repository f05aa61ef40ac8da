/// One thing that happens at a moment of a simulated control plane.
enum ControlOccurrence {
    case stream(StreamEvent)
    /// Tasks of a process are ready.
    case tasks(ControlProcess)
    /// The log thread of a process has written what waited.
    case synced(ControlProcess)
    /// The apply thread runs.
    case applied(ControlProcess)
    /// The oldest read of the log is done.
    case logRead(ControlProcess)
    /// The oldest work of the maintenance thread is done.
    case maintained(ControlProcess)
    case start(machine: Int, life: UInt32)
    /// The next fault of the schedule.
    case fault(Int)
    /// The adoption of the acceptor's machine breaks off.
    case breakOff(AdoptionBreak, StreamConnection)
    /// A process has stopped by itself, as it was asked to.
    case stopped(ControlProcess, downtime: Int)
    /// A cut ends.
    case mend(UInt64)
    case client
    /// Operators look whether something is to be done so that the cluster becomes whole.
    case operators

    /// For the hash of a run.
    var code: UInt64 {
        switch self {
        case .stream(let event): event.code << 8 | 1
        case .tasks(let process): UInt64(process.machine.number) << 8 | 2
        case .synced(let process): UInt64(process.machine.number) << 8 | 3
        case .applied(let process): UInt64(process.machine.number) << 8 | 4
        case .logRead(let process): UInt64(process.machine.number) << 8 | 5
        case .maintained(let process): UInt64(process.machine.number) << 8 | 6
        case .start(let machine, _): UInt64(machine) << 8 | 7
        case .fault(let place): UInt64(place) << 8 | 8
        case .breakOff(_, let connection): UInt64(connection.acceptor.machine) << 8 | 9
        case .mend(let number): number << 8 | 10
        case .stopped(let process, _): UInt64(process.machine.number) << 8 | 13
        case .client: 11
        case .operators: 12
        }
    }
}
