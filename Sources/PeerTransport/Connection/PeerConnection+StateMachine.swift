extension PeerConnection {
    /// Which frame a connection may receive when, and what it means then. Knows no socket and no bytes.
    ///
    /// ```
    ///   dialler   preamble+hello ──►                        ──► linked | controlling
    ///   acceptor                 ◄── preamble+welcome | goodbye
    /// ```
    struct StateMachine: ~Copyable {
        enum Side: Hashable { case dialler, acceptor }

        private enum State: Hashable {
            case awaitingPreamble(Side)
            case awaitingHello
            case awaitingWelcome
            case linked
            /// The handshake of a control connection is done. `adoptionIsOpen`: a request was made and not answered.
            case controlling(Side, adoptionIsOpen: Bool)
            case closed
        }

        enum PreambleAction: Hashable { case awaitFrames, doNothing }

        enum FrameAction: Hashable {
            /// Decode a Hello, then call `linked`, `controlling` or `closed`.
            case judge
            case deliverMessage
            case decideAdoption
            case completeAdoption
            case endByPeer
            case doNothing
            case violation(String)
        }

        private var state: State
        let side: Side

        init(side: Side) {
            self.side = side
            state = .awaitingPreamble(side)
        }

        var isAwaitingPreamble: Bool { if case .awaitingPreamble = state { true } else { false } }
        var isLinked: Bool { state == .linked }
        var isControlling: Bool { if case .controlling = state { true } else { false } }
        var isClosed: Bool { state == .closed }

        mutating func preambleReceived() -> PreambleAction {
            switch state {
            case .awaitingPreamble(.acceptor):
                state = .awaitingHello
                return .awaitFrames
            case .awaitingPreamble(.dialler):
                state = .awaitingWelcome
                return .awaitFrames
            case .closed:
                return .doNothing
            case .awaitingHello, .awaitingWelcome, .linked, .controlling:
                preconditionFailure("a second preamble was read in state \(state)")
            }
        }

        mutating func frameReceived(_ kind: FrameKind) -> FrameAction {
            switch (state, kind) {
            case (.closed, _):
                return .doNothing
            case (.awaitingPreamble, _):
                preconditionFailure("a frame was read before the preamble")
            case (.awaitingHello, .hello), (.awaitingWelcome, .welcome):
                return .judge
            case (.awaitingWelcome, .goodbye), (.linked, .goodbye), (.controlling, .goodbye):
                return .endByPeer
            case (.linked, .ping):
                return .doNothing
            case (.linked, _) where kind.isPeerMessage:
                return .deliverMessage
            case (.controlling(.acceptor, adoptionIsOpen: false), .adoptionRequest):
                state = .controlling(.acceptor, adoptionIsOpen: true)
                return .decideAdoption
            case (.controlling(.dialler, adoptionIsOpen: true), .adoptionAnswer):
                state = .controlling(.dialler, adoptionIsOpen: false)
                return .completeAdoption
            case (.awaitingHello, _), (.awaitingWelcome, _), (.linked, _), (.controlling, _):
                return .violation("a frame of kind \(kind) arrived where it has no place")
            }
        }

        /// The handshake made a link.
        mutating func linked() { leaveHandshake(to: .linked) }

        /// The handshake made a control connection.
        mutating func controlling() { leaveHandshake(to: .controlling(side, adoptionIsOpen: false)) }

        /// Control dialler only, once.
        mutating func adoptionRequested() {
            precondition(
                state == .controlling(.dialler, adoptionIsOpen: false), "an adoption was requested in state \(state)")
            state = .controlling(.dialler, adoptionIsOpen: true)
        }

        /// False if nobody waits for the answer any more.
        mutating func adoptionAnswered() -> Bool {
            guard state == .controlling(.acceptor, adoptionIsOpen: true) else { return false }
            state = .controlling(.acceptor, adoptionIsOpen: false)
            return true
        }

        /// True the first time.
        mutating func closed() -> Bool {
            defer { state = .closed }
            return state != .closed
        }

        private mutating func leaveHandshake(to next: State) {
            precondition(
                state == .awaitingHello || state == .awaitingWelcome, "a handshake ended in state \(state)")
            state = next
        }
    }
}
