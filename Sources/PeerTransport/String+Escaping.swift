internal import Bytes

extension String {
    /// This text, which may come from a peer, in printable ASCII on one line and of bounded length.
    var escapedForLog: String { escapedForLog(charactersMax: TransportLimits.loggedCharactersMax) }
}
