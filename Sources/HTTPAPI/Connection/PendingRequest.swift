internal import HotPath
internal import NIOCore

/// One request whose answer is not written yet: an element of its connection's ring, which is in request order. What
/// the answer needs of the request lies in the connection's `echo`, in the same order.
struct PendingRequest {
    /// How the answer is made.
    enum Action {
        /// `echo` holds the whole answer.
        case canned
        /// The connection's `prepared` will hold the whole answer.
        case control
        case readKV, putKV, deleteKV
        case batch
        case readStore, putStore, deleteStore

        /// Without an outcome it may have taken effect.
        var isWrite: Bool {
            switch self {
            case .control, .putKV, .deleteKV, .batch, .putStore, .deleteStore: true
            case .canned, .readKV, .readStore: false
            }
        }

        var isLegacy: Bool {
            switch self {
            case .readStore, .putStore, .deleteStore, .control: true
            case .canned, .readKV, .putKV, .deleteKV, .batch: false
            }
        }
    }

    enum Answer {
        case waiting
        case outcome(Outcome)
        /// It may be read, and the record has to come from the disk.
        case reading
        /// The connection's `records` has what the disk said.
        case read
        case timedOut
        /// `canned`, or `control` once it is prepared.
        case ready
    }

    struct Options: OptionSet {
        let rawValue: UInt8

        static let isHead = Options(rawValue: 1)
        static let closes = Options(rawValue: 2)
        static let announcesKeepAlive = Options(rawValue: 4)
        static let isStale = Options(rawValue: 8)
        static let answersJSON = Options(rawValue: 16)
    }

    let action: Action
    var options: Options
    var answer: Answer
    /// How much of `echo` belongs to this request.
    let echoBytes: Int
    let deadline: NIODeadline

    var isWaiting: Bool {
        switch answer {
        case .waiting, .reading: true
        case .outcome, .read, .timedOut, .ready: false
        }
    }
}
