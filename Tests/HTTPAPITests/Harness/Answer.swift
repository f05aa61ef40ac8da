/// One answer, taken apart.
struct Answer {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: String
    private let remainder: ArraySlice<UInt8>

    struct Malformed: Error { let text: String }

    /// The bytes after the body.
    var rest: String { String(decoding: remainder, as: UTF8.self) }

    init(_ text: String, isHead: Bool = false) throws { try self.init(Array(text.utf8)[...], isHead: isHead) }

    private init(_ bytes: ArraySlice<UInt8>, isHead: Bool = false) throws {
        guard let end = Self.endOfHead(in: bytes) else { throw Malformed(text: String(decoding: bytes, as: UTF8.self)) }
        let lines = bytes[..<end].split(separator: UInt8(ascii: "\n")).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            throw Malformed(text: lines.joined(separator: "\n"))
        }
        self.status = status
        fields = try lines.dropFirst().filter { !$0.isEmpty }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Malformed(text: line) }
            return (String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
        let length = fields.first { $0.name == "Content-Length" }.flatMap { Int($0.value) } ?? 0
        let count = isHead ? 0 : length
        guard bytes.endIndex - end >= count else { throw Malformed(text: lines.joined(separator: "\n")) }
        body = String(decoding: bytes[end..<(end + count)], as: UTF8.self)
        remainder = bytes[(end + count)...]
    }

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All answers in `text`.
    static func all(_ text: String) throws -> [Answer] {
        var answers: [Answer] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let answer = try Answer(rest)
            answers.append(answer)
            rest = answer.remainder
        }
        return answers
    }

    /// After the empty line.
    static func endOfHead(in bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        while index + 4 <= bytes.endIndex {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                return index + 4
            }
            index += 1
        }
        return nil
    }

    /// The size of the first whole answer, nil if it is not complete.
    static func size(in bytes: ArraySlice<UInt8>) -> Int? {
        guard let end = endOfHead(in: bytes) else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        guard let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("Content-Length: ") }),
            let length = Int(field.dropFirst(16)), bytes.endIndex - end >= length
        else { return nil }
        return end + length - bytes.startIndex
    }
}
