/// One thing that happens to a stream or on a loop.
enum StreamEvent {
    /// Tasks of a loop are due, if it was not asked to be woken anew meanwhile.
    case pass(SimulatedLoop, number: UInt64)
    /// The first packet of an attempt to connect reaches its machine.
    case knock(ConnectAttempt)
    /// Nobody listens there.
    case refusal(ConnectAttempt)
    /// The connection that was asked for is open, as its dialler hears.
    case opening(ConnectAttempt, StreamConnection)
    /// The process that listens takes a connection.
    case accept(StreamListener, StreamConnection)
    /// The first of the bytes that an end has sent reach the other end.
    case arrival(StreamEnd)
    /// An end hears that its connection is broken.
    case reset(StreamEnd)

    /// For the hash of a run.
    var code: UInt64 {
        switch self {
        case .pass(let loop, let number): number << 16 | UInt64(loop.machine) << 8 | 1
        case .knock(let attempt): UInt64(attempt.machine) << 8 | 2
        case .refusal(let attempt): UInt64(attempt.machine) << 8 | 3
        case .opening(let attempt, _): UInt64(attempt.machine) << 8 | 4
        case .accept(let listener, _): UInt64(listener.machine) << 8 | 5
        case .arrival(let end): UInt64(end.segments.count) << 16 | UInt64(end.machine) << 8 | 6
        case .reset(let end): UInt64(end.machine) << 8 | 7
        }
    }
}
