internal import Bytes
internal import Logging

/// A record as programs read it: one JSON object on one line, all values texts. The fields of the record stand in
/// `metadata`, so that none can take the place of the members that every record has.
enum LogJSON {
    static func line(_ record: LogRecord) -> String {
        var members = [
            ("time", "\(record.time)".quotedForJSON), ("level", record.level.rawValue.quotedForJSON),
            ("label", record.label.quotedForJSON), ("message", record.message.quotedForJSON),
        ]
        if !record.fields.isEmpty {
            members.append(("metadata", object(record.fields.map { ($0.key, $0.value.quotedForJSON) })))
        }
        return object(members) + "\n"
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { $0.0.quotedForJSON + ":" + $0.1 }.joined(separator: ",") + "}"
    }
}
