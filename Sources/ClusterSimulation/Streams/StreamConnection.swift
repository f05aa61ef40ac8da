/// A TCP connection.
final class StreamConnection {
    let dialler: StreamEnd
    let acceptor: StreamEnd

    init(dialler: StreamEnd, acceptor: StreamEnd) {
        self.dialler = dialler
        self.acceptor = acceptor
        dialler.other = acceptor
        acceptor.other = dialler
        dialler.connection = self
        acceptor.connection = self
    }

    var isOver: Bool { dialler.isOver && acceptor.isOver }
}
