extension String {
    /// The beginning that surely fits `TransportLimits.textBytesMax`: a scalar has at most 4 bytes.
    var shortenedForPeer: String {
        utf8.count <= TransportLimits.textBytesMax
            ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(TransportLimits.textBytesMax / 4)))
    }
}
