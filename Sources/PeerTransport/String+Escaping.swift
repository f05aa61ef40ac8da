internal import Bytes

extension String {
    /// This text, which may come from a peer and stands between quotes, in printable ASCII on one line and of bounded
    /// length.
    var escapedForLog: String { escapedForLog(charactersMax: TransportLimits.loggedCharactersMax) }

    /// This sentence, which a peer has composed, in the same way but for its quotes and the escapes in it.
    package var sentenceForLog: String { sentenceForLog(charactersMax: TransportLimits.loggedCharactersMax) }
}
