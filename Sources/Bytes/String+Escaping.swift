/// Texts of strangers – a peer, a user, a file – made fit for one line of a log or a terminal.
extension String {
    /// For a log, between quotes: printable ASCII of bounded length. Quotes and backslashes are escaped too, so that a
    /// text cannot end the quotes around it or fake an escape.
    package func escapedForLog(charactersMax: Int) -> String {
        escaped(charactersMax: charactersMax, cutMark: "...") { scalar in
            let isPlain = (0x20..<0x7F).contains(scalar.value) && scalar != "\\" && scalar != "\""
            return isPlain ? nil : "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }

    /// For a log, not between quotes: a sentence of another node, in which the texts of strangers are escaped already.
    /// Printable ASCII stays as it is, so that nothing is escaped twice.
    package func sentenceForLog(charactersMax: Int) -> String {
        escaped(charactersMax: charactersMax, cutMark: "...") { scalar in
            (0x20..<0x7F).contains(scalar.value) ? nil : "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }

    /// For the person who wrote it: as it was written, but without control characters and of bounded length.
    package func escapedForTerminal(charactersMax: Int) -> String {
        escaped(charactersMax: charactersMax, cutMark: "…") { scalar in
            scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : nil
        }
    }

    /// The lines, without the empty ones, as one line: `a; b`.
    package var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: "; ") }

    private func escaped(
        charactersMax: Int, cutMark: String, _ escape: (Unicode.Scalar) -> String?
    ) -> String {
        var escaped = ""
        var rest = unicodeScalars[...]
        for _ in 0..<charactersMax {
            guard let scalar = rest.popFirst() else { return escaped }
            if let escape = escape(scalar) { escaped += escape } else { escaped.unicodeScalars.append(scalar) }
        }
        return rest.isEmpty ? escaped : escaped + cutMark
    }
}
