extension PeerConnection {
    /// Which frame a connection may receive when, and what it means then. Knows no socket and no bytes.
    ///
    /// ```
    ///   dialler   preamble+hello ──►                        ──► linked | controlling ⇄ adopting | transferring
    ///   acceptor                 ◄── preamble+welcome | goodbye
    /// ```
    struct StateMachine: ~Copyable {
        enum Side: Hashable { case dialler, acceptor }

        private enum State: ~Copyable {
            case awaitingPreamble(Side)
            case awaitingHello
            case awaitingWelcome
            case linked
            /// The handshake of a control connection is done.
            case controlling(Side)
            /// An adoption was requested on it and is not answered.
            case adopting(Side)
            /// The handshake of a connection for a snapshot is done.
            case transferring
            case closed
        }

        private var state: State

        init(side: Side) { state = .awaitingPreamble(side) }

        private init(_ state: consuming State) { self.state = state }

        // MARK: Questions

        private enum Phase: Hashable { case preamble, handshake, link, control, snapshot, end }

        private var phase: Phase {
            switch state {
            case .awaitingPreamble: .preamble
            case .awaitingHello: .handshake
            case .awaitingWelcome: .handshake
            case .linked: .link
            case .controlling: .control
            case .adopting: .control
            case .transferring: .snapshot
            case .closed: .end
            }
        }

        var isAwaitingPreamble: Bool { phase == .preamble }
        var isLinked: Bool { phase == .link }
        /// The handshake of a control connection is done.
        var isForControl: Bool { phase == .control }
        /// The handshake of a connection for a snapshot is done.
        var isForSnapshot: Bool { phase == .snapshot }
        var isClosed: Bool { phase == .end }

        // MARK: Events

        enum PreambleAction: Hashable { case awaitFrames, doNothing }

        mutating func preambleReceived() -> PreambleAction {
            switch consume self.state {
            case .awaitingPreamble(.acceptor):
                self = .init(.awaitingHello)
                return .awaitFrames
            case .awaitingPreamble(.dialler):
                self = .init(.awaitingWelcome)
                return .awaitFrames
            case .closed:
                self = .init(.closed)
                return .doNothing
            case .awaitingHello:
                preconditionFailure("a second preamble was read during the handshake")
            case .awaitingWelcome:
                preconditionFailure("a second preamble was read during the handshake")
            case .linked:
                preconditionFailure("a second preamble was read on a link")
            case .controlling:
                preconditionFailure("a second preamble was read on a control connection")
            case .adopting:
                preconditionFailure("a second preamble was read on a control connection, during an adoption")
            case .transferring:
                preconditionFailure("a second preamble was read on a connection for a snapshot")
            }
        }

        enum FrameAction: Hashable {
            /// Decode a Hello and judge it; then call `handshakeDone` or `closed`.
            case judge
            case deliverMessage
            case decideAdoption
            case completeAdoption
            /// `SnapshotSending` or `SnapshotReceiving` knows whether it is due.
            case handleSnapshot
            case endByPeer
            case doNothing
            case violation(String)
        }

        mutating func frameReceived(_ kind: FrameKind) -> FrameAction {
            switch consume self.state {
            case .awaitingPreamble:
                preconditionFailure("a frame was read before the preamble")
            case .awaitingHello:
                self = .init(.awaitingHello)
                return duringHandshake(kind, awaits: .hello)
            case .awaitingWelcome:
                self = .init(.awaitingWelcome)
                return duringHandshake(kind, awaits: .welcome)
            case .linked:
                self = .init(.linked)
                return onLink(kind)
            case .controlling(let side):
                let isRequest = side == .acceptor && kind.family == .adoptionRequest
                self = .init(isRequest ? .adopting(side) : .controlling(side))
                return isRequest ? .decideAdoption : onControl(kind)
            case .adopting(let side):
                let isAnswer = side == .dialler && kind.family == .adoptionAnswer
                self = .init(isAnswer ? .controlling(side) : .adopting(side))
                return isAnswer ? .completeAdoption : onControl(kind)
            case .transferring:
                self = .init(.transferring)
                return onTransfer(kind)
            case .closed:
                self = .init(.closed)
                return .doNothing
            }
        }

        private func duringHandshake(_ kind: FrameKind, awaits due: FrameKind) -> FrameAction {
            if kind == due { return .judge }
            // A dialler may be refused; an acceptor has not said anything yet that could be.
            return due == .welcome && kind == .goodbye ? .endByPeer : outOfPlace(kind)
        }

        private func onLink(_ kind: FrameKind) -> FrameAction {
            switch kind.family {
            case .peerMessage: .deliverMessage
            case .ping: .doNothing
            case .goodbye: .endByPeer
            case .hello, .welcome, .adoptionRequest, .adoptionAnswer, .snapshot: outOfPlace(kind)
            }
        }

        private func onTransfer(_ kind: FrameKind) -> FrameAction {
            switch kind.family {
            case .snapshot: .handleSnapshot
            case .ping: .doNothing
            case .goodbye: .endByPeer
            case .hello, .welcome, .adoptionRequest, .adoptionAnswer, .peerMessage: outOfPlace(kind)
            }
        }

        /// Anything but the request or answer that is due.
        private func onControl(_ kind: FrameKind) -> FrameAction {
            switch kind.family {
            case .goodbye: .endByPeer
            case .hello, .welcome, .ping, .adoptionRequest, .adoptionAnswer, .peerMessage, .snapshot: outOfPlace(kind)
            }
        }

        private func outOfPlace(_ kind: FrameKind) -> FrameAction {
            .violation("a frame of kind \(kind) arrived where it has no place")
        }

        enum HandshakeAction: Hashable {
            case open
            /// The connection ended while its welcome was written.
            case doNothing
        }

        /// Both sides have agreed on what the connection is for.
        mutating func handshakeDone(for purpose: Hello.Purpose) -> HandshakeAction {
            switch consume self.state {
            case .awaitingHello:
                self = .init(Self.opened(for: purpose, .acceptor))
                return .open
            case .awaitingWelcome:
                self = .init(Self.opened(for: purpose, .dialler))
                return .open
            case .closed:
                self = .init(.closed)
                return .doNothing
            case .awaitingPreamble:
                preconditionFailure("a handshake was done before the preamble")
            case .linked:
                preconditionFailure("a handshake was done again on a link")
            case .controlling:
                preconditionFailure("a handshake was done again on a control connection")
            case .adopting:
                preconditionFailure("a handshake was done again on a control connection, during an adoption")
            case .transferring:
                preconditionFailure("a handshake was done again on a connection for a snapshot")
            }
        }

        private static func opened(for purpose: Hello.Purpose, _ side: Side) -> State {
            switch purpose {
            case .link: .linked
            case .control: .controlling(side)
            case .snapshot: .transferring
            }
        }

        enum RequestAction: Hashable { case send, doNothing }

        /// This node wants to ask for an adoption: a control dialler, once.
        mutating func adoptionWanted() -> RequestAction {
            switch consume self.state {
            case .controlling(.dialler):
                self = .init(.adopting(.dialler))
                return .send
            case .closed:
                self = .init(.closed)
                return .doNothing
            case .awaitingPreamble:
                preconditionFailure("an adoption was wanted before the preamble")
            case .awaitingHello:
                preconditionFailure("an adoption was wanted before the hello")
            case .awaitingWelcome:
                preconditionFailure("an adoption was wanted before the welcome")
            case .linked:
                preconditionFailure("an adoption was wanted on a link")
            case .controlling(.acceptor):
                preconditionFailure("an adoption was wanted by the side that was dialled")
            case .adopting:
                preconditionFailure("an adoption was wanted during another one")
            case .transferring:
                preconditionFailure("an adoption was wanted on a connection for a snapshot")
            }
        }

        enum AnswerAction: Hashable {
            case send
            /// Nobody waits for the answer any more.
            case doNothing
        }

        /// This node has decided about the adoption that it was asked for.
        mutating func adoptionDecided() -> AnswerAction {
            switch consume self.state {
            case .adopting(.acceptor):
                self = .init(.controlling(.acceptor))
                return .send
            case .controlling(let side):
                self = .init(.controlling(side))
                return .doNothing
            case .closed:
                self = .init(.closed)
                return .doNothing
            case .awaitingPreamble:
                preconditionFailure("an adoption was decided before the preamble")
            case .awaitingHello:
                preconditionFailure("an adoption was decided before the hello")
            case .awaitingWelcome:
                preconditionFailure("an adoption was decided before the welcome")
            case .linked:
                preconditionFailure("an adoption was decided on a link")
            case .adopting(.dialler):
                preconditionFailure("an adoption was decided by the side that asked for it")
            case .transferring:
                preconditionFailure("an adoption was decided on a connection for a snapshot")
            }
        }

        enum CloseAction: Hashable { case tearDown, doNothing }

        /// The connection ends, for whatever reason.
        mutating func closed() -> CloseAction {
            switch consume self.state {
            case .awaitingPreamble:
                self = .init(.closed)
                return .tearDown
            case .awaitingHello:
                self = .init(.closed)
                return .tearDown
            case .awaitingWelcome:
                self = .init(.closed)
                return .tearDown
            case .linked:
                self = .init(.closed)
                return .tearDown
            case .controlling:
                self = .init(.closed)
                return .tearDown
            case .adopting:
                self = .init(.closed)
                return .tearDown
            case .transferring:
                self = .init(.closed)
                return .tearDown
            case .closed:
                self = .init(.closed)
                return .doNothing
            }
        }
    }
}
