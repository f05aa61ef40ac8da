extension String {
    /// This text, which may come from a peer, in printable ASCII on one line and of bounded length.
    var escapedForLog: String {
        var escaped = ""
        for scalar in unicodeScalars.prefix(TransportLimits.loggedCharactersMax) {
            let isPlain = (0x20..<0x7F).contains(scalar.value) && scalar != "\\" && scalar != "\""
            if isPlain {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return unicodeScalars.count > TransportLimits.loggedCharactersMax ? escaped + "..." : escaped
    }
}
