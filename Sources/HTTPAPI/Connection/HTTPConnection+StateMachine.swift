internal import NIOCore

extension HTTPConnection {
    /// How far the life of a connection is. Knows no socket, no bytes and no request.
    ///
    /// ```
    ///   betweenRequests ⇄ inRequest                      requests are taken
    ///          │              │  the last request, or one that cannot be read
    ///          └──────┬───────┘
    ///                 ▼
    ///             answering ──all answered──► closing ──written──► closed
    ///                                            │                   ▲
    ///                                            └────► lingering ───┘
    /// ```
    struct StateMachine: ~Copyable {
        // Copied and assigned, not consumed: its payloads are plain numbers, and several cases share a branch.
        private enum State {
            /// Between two requests, or in the header of one.
            case betweenRequests
            /// A header was taken. `owesContinue`: the client waits for `100 Continue` before it sends the body.
            case inRequest(owesContinue: Bool)
            /// No more requests are taken, the open ones are answered. `lingers`: the end of the input was not reached,
            /// so that closing at once could destroy the last answer.
            case answering(lingers: Bool)
            /// The last answer is on its way into the socket.
            case closing(lingers: Bool, deadline: NIODeadline)
            /// The client has the last answer, and the rest of the input is thrown away.
            case lingering(deadline: NIODeadline)
            case closed
        }

        enum HeadAction: Hashable {
            case awaitBody
            /// A `100 Continue` is due once the answers before it are out.
            case sendContinue
            /// Answer the request now, and take no more.
            case answer
        }

        enum RequestAction: Hashable { case carryOut, doNothing }

        enum UnreadableAction: Hashable {
            /// Answer with an error, in place of the request under way or, if `isNew`, of one that has not begun.
            case answer(isNew: Bool)
            case doNothing
        }

        enum SentAction: Hashable {
            /// Everything is answered: close as soon as it is written.
            case closeWhenWritten
            case doNothing
        }

        enum WrittenAction: Hashable { case close, closeOutput, doNothing }

        enum SweepAction: Hashable { case close, checkRequests, doNothing }

        private var state: State = .betweenRequests

        // MARK: Questions

        var isBetweenRequests: Bool {
            switch state {
            case .betweenRequests: true
            case .inRequest, .answering, .closing, .lingering, .closed: false
            }
        }

        var isInRequest: Bool {
            switch state {
            case .inRequest: true
            case .betweenRequests, .answering, .closing, .lingering, .closed: false
            }
        }

        /// Bytes that arrive matter.
        var takesInput: Bool {
            switch state {
            case .betweenRequests, .inRequest: true
            case .answering, .closing, .lingering, .closed: false
            }
        }

        /// Answers may be written.
        var sendsAnswers: Bool {
            switch state {
            case .betweenRequests, .inRequest, .answering: true
            case .closing, .lingering, .closed: false
            }
        }

        var owesContinue: Bool {
            switch state {
            case .inRequest(let owesContinue): owesContinue
            case .betweenRequests, .answering, .closing, .lingering, .closed: false
            }
        }

        // MARK: Requests

        /// The header of a request was read, between requests only.
        mutating func headTaken(_ plan: IncomingRequest.BodyPlan, expectsContinue: Bool) -> HeadAction {
            switch state {
            case .betweenRequests:
                switch plan {
                case .keep, .discard:
                    state = .inRequest(owesContinue: expectsContinue)
                    return expectsContinue ? .sendContinue : .awaitBody
                case .answerBefore:
                    state = .answering(lingers: true)
                    return .answer
                }
            case .inRequest, .answering, .closing, .lingering, .closed:
                preconditionFailure("the header of a request was taken where none is expected")
            }
        }

        /// The owed `100 Continue` is written.
        mutating func continueSent() {
            switch state {
            case .inRequest(owesContinue: true):
                state = .inRequest(owesContinue: false)
            case .betweenRequests, .inRequest, .answering, .closing, .lingering, .closed:
                preconditionFailure("a 100 Continue was sent that nobody waits for")
            }
        }

        /// All of the request is here. `closes`: it is the last one.
        mutating func requestEnded(closes: Bool) -> RequestAction {
            switch state {
            case .inRequest:
                state = closes ? .answering(lingers: false) : .betweenRequests
                return .carryOut
            case .betweenRequests, .answering, .closing, .lingering, .closed:
                return .doNothing
            }
        }

        /// The input is not a request, or not one that will be complete.
        mutating func inputBecameUnreadable() -> UnreadableAction {
            switch state {
            case .betweenRequests:
                state = .answering(lingers: true)
                return .answer(isNew: true)
            case .inRequest:
                state = .answering(lingers: true)
                return .answer(isNew: false)
            case .answering, .closing, .lingering, .closed:
                return .doNothing
            }
        }

        /// No more requests are taken, and there is no input that an end of the connection could cut off: the client
        /// sends no more, or the node stops between two requests.
        mutating func inputEnded() {
            switch state {
            case .betweenRequests, .inRequest, .answering: state = .answering(lingers: false)
            case .closing(_, let deadline): state = .closing(lingers: false, deadline: deadline)
            case .lingering, .closed: break
            }
        }

        // MARK: The end

        /// Answers were handed to the socket. `isAll`: no request is open. `deadline` bounds the wait for the socket.
        mutating func answersSent(isAll: Bool, deadline: NIODeadline) -> SentAction {
            switch state {
            case .answering(let lingers):
                state = isAll ? .closing(lingers: lingers, deadline: deadline) : .answering(lingers: lingers)
                return isAll ? .closeWhenWritten : .doNothing
            case .betweenRequests, .inRequest, .closing, .lingering, .closed:
                return .doNothing
            }
        }

        /// The last answer is in the socket, or never will be. `deadline` bounds the wait for the client to close.
        mutating func lastAnswerWritten(deadline: NIODeadline) -> WrittenAction {
            switch state {
            case .closing(lingers: true, _):
                state = .lingering(deadline: deadline)
                return .closeOutput
            case .closing(lingers: false, _):
                return .close
            case .closed:
                return .doNothing
            case .betweenRequests, .inRequest, .answering, .lingering:
                preconditionFailure("the last answer was written before the connection was closing")
            }
        }

        /// Time has passed.
        func sweep(now: NIODeadline) -> SweepAction {
            switch state {
            case .betweenRequests, .inRequest, .answering: .checkRequests
            case .closing(_, let deadline), .lingering(let deadline): deadline <= now ? .close : .doNothing
            case .closed: .doNothing
            }
        }

        mutating func closed() { state = .closed }
    }
}
