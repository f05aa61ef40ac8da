internal import Bytes

/// A JSON document that keeps the order of its members, so that documents are easy to read and to compare.
indirect enum JSONValue {
    case object([(String, JSONValue)])
    case array([JSONValue])
    case string(String)
    case unsigned(UInt64)
    case integer(Int)
    /// A value that is not finite becomes null, since JSON cannot express it.
    case number(Double)
    case bool(Bool)
    case null

    /// Indented by two spaces; an array or object of plain values takes one line.
    func text() -> String {
        var text = ""
        write(to: &text, depth: 0)
        return text + "\n"
    }

    private func write(to text: inout String, depth: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .unsigned(let value): text += "\(value)"
        case .number(let value): text += value.isFinite ? Self.decimal(value) : "null"
        case .string(let value): text += value.quotedForJSON
        case .array(let values):
            writeMembers(values.map { (nil, $0) }, "[", "]", to: &text, depth: depth)
        case .object(let members):
            writeMembers(members.map { ($0.0, $0.1) }, "{", "}", to: &text, depth: depth)
        }
    }

    private func writeMembers(
        _ members: [(String?, JSONValue)], _ open: String, _ close: String, to text: inout String, depth: Int
    ) {
        let isFlat = depth > 0 && members.allSatisfy { $0.1.isPlain }
        let indentation = String(repeating: "  ", count: depth)
        text += open
        for (index, member) in members.enumerated() {
            if index > 0 { text += isFlat ? ", " : "," }
            if !isFlat { text += "\n" + indentation + "  " }
            if let name = member.0 {
                text += name.quotedForJSON + ": "
            }
            member.1.write(to: &text, depth: depth + 1)
        }
        if !isFlat { text += "\n" + indentation }
        text += close
    }

    private var isPlain: Bool {
        switch self {
        case .array, .object: false
        case .string, .unsigned, .integer, .number, .bool, .null: true
        }
    }

    /// At most six digits after the point: figures in microseconds and seconds need no more.
    private static func decimal(_ value: Double) -> String { Decimals.plain(value, fractionDigitsMax: 6) }
}
