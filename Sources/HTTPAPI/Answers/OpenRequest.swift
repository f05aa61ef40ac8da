internal import HotPath
internal import NIOCore

/// One request that is not answered yet: an element of its connection's `AnswerQueue`.
struct OpenRequest {
    /// Where its answer comes from.
    enum Form {
        /// It was known when the request came, and lies in the queue.
        case ready
        /// Somebody else hands it over as a whole; the request may change something, or only reads.
        case prepared(isWrite: Bool)
        /// It is made of the result of a command.
        case write(any WriteRoute.Type)
        /// It is made of a record.
        case read(any ReadRoute.Type)
    }

    /// How far it has come.
    enum Answer {
        case waiting
        case outcome(Outcome)
        /// It may be read, and the record has to come from the disk.
        case reading
        /// The queue has the record, or knows that there is none.
        case read
        case timedOut
        /// `ready`, or `prepared` once it is handed over.
        case complete
    }

    let form: Form
    let options: AnswerOptions
    var answer: Answer
    /// The bytes of the queue that belong to this request.
    let repeatedBytes: Int
    let deadline: NIODeadline

    var isWaiting: Bool {
        switch answer {
        case .waiting, .reading: true
        case .outcome, .read, .timedOut, .complete: false
        }
    }

    /// Without an outcome it may have taken effect.
    var isWrite: Bool {
        switch form {
        case .prepared(let isWrite): isWrite
        case .write: true
        case .ready, .read: false
        }
    }
}
