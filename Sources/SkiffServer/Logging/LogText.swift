internal import Logging

/// A record as people read it and `grep` and `cut` take it: time, level, message, then `key=value` with quotes where
/// they are needed.
///
/// ```
/// 2026-11-26T11:55:32.123Z info    peer link is open address=127.0.0.1:1112 dialled_by="this node" peer=node2
/// ```
///
/// A message may have several lines; the further ones are indented, so that nothing in a message looks like a record.
struct LogText {
    let isColored: Bool

    func line(_ record: LogRecord) -> String {
        let level = record.level.rawValue
        let padding = String(repeating: " ", count: max(0, 7 - level.count))
        var line = colored("\(record.time)", Self.faint) + " " + colored(level, color(of: record.level)) + padding + " "
        line += Self.printable(record.message)
        for (key, value) in record.fields {
            line += " " + colored(Self.key(key) + "=", Self.faint) + Self.value(value)
        }
        return line + "\n"
    }

    // MARK: Texts

    /// Control characters escaped; the lines after the first one indented.
    private static func printable(_ message: String) -> String {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { number, line in
            let text = escaped(String(line), isQuoted: false)
            return number == 0 || text.hasPrefix("  ") ? text : "  " + text
        }
        return lines.joined(separator: "\n")
    }

    /// A key is a word.
    private static func key(_ key: String) -> String {
        String(key.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
    }

    /// As it is if it is one word, else in quotes. A backslash stays as it is, because texts of peers are escaped
    /// already and are not to be escaped twice; but not where it would take a quote for itself.
    private static func value(_ value: String) -> String {
        let isWord =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { scalar in
                !needsEscape(scalar) && scalar != " " && scalar != "\"" && scalar != "="
            }
        guard !isWord else { return value }
        let text = escaped(value, isQuoted: true)
        return "\"" + text + (text.hasSuffix("\\") ? "\\" : "") + "\""
    }

    private static func escaped(_ text: String, isQuoted: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"" where isQuoted: escaped += (escaped.hasSuffix("\\") ? "\\" : "") + "\\\""
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case _ where needsEscape(scalar): escaped += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// What moves a cursor, hides a text or changes its direction.
    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    // MARK: Colours

    private static let faint = "2"

    private func color(of level: Logger.Level) -> String? {
        switch level {
        case .trace, .debug: Self.faint
        case .info: nil
        case .notice: "36"
        case .warning: "33"
        case .error: "31"
        case .critical: "1;31"
        }
    }

    private func colored(_ text: String, _ color: String?) -> String {
        guard isColored, let color else { return text }
        return "\u{1B}[\(color)m\(text)\u{1B}[0m"
    }
}
