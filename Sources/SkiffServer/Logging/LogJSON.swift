internal import Logging

/// A record as programs read it: one JSON object on one line, all values texts. The fields of the record stand in
/// `metadata`, so that none can take the place of the members that every record has.
enum LogJSON {
    static func line(_ record: LogRecord) -> String {
        var members = [
            ("time", quoted("\(record.time)")), ("level", quoted(record.level.rawValue)),
            ("label", quoted(record.label)), ("message", quoted(record.message)),
        ]
        if !record.fields.isEmpty {
            members.append(("metadata", object(record.fields.map { ($0.key, quoted($0.value)) })))
        }
        return object(members) + "\n"
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { quoted($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            // The line separators are allowed in JSON, but many tools take them for the end of a line.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
