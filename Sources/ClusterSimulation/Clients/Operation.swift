internal import HotPath
internal import KeyValue
internal import RaftCore

/// What a client asked for, until it knows how that ended. Every operation has a number of its own, which a write
/// carries as its value, so that it is recognised wherever it appears.
struct Operation {
    enum Kind: Hashable {
        case put(Condition, reportsExistence: Bool)
        case delete(Condition, reportsExistence: Bool)
        /// Puts on several keys, the last of which may be a delete.
        case group(keys: [Int], deletesLast: Bool, hasOneRevision: Bool)
        case linearizableRead
    }

    enum State {
        case open, answered
        /// The client has given up, or its connection is gone. An answer may still come.
        case abandoned
    }

    static let keyCount = 24

    /// From 1 on.
    let number: UInt64
    let kind: Kind
    let key: Int
    let client: Int
    let node: Int
    let life: UInt32
    /// The highest revision that anybody had learned of when the operation began: it must see that and come after it.
    let floor: UInt64
    /// The client gives up at this time of the simulation.
    let deadline: UInt64
    var state = State.open

    var isWrite: Bool { kind != .linearizableRead }

    /// For a breach.
    var words: String { "operation \(number) of client \(client), \(kind) of key \(key)," }

    /// Hands the operation to a node. False if the node is overloaded and took nothing.
    func submit(to gateway: SubmissionGateway, padding: Int) -> Bool {
        let tag = RequestTag(sink: 0, connection: UInt32(client), request: number)
        switch kind {
        case .linearizableRead: return gateway.submitRead(tag: tag)
        case .put(let condition, let reports):
            let value = Self.value(number, padding: padding)
            return submit(
                CommandHeader(
                    kind: .put, condition: condition, reportsExistence: reports, keyBytes: 2,
                    valueBytes: value.count),
                contentType: [], value: value, tag, gateway)
        case .delete(let condition, let reports):
            // A delete has no value; its number travels where a put has its content type.
            let header = CommandHeader(
                kind: .delete, condition: condition, reportsExistence: reports, contentTypeBytes: 8, keyBytes: 2)
            return submit(header, contentType: Self.value(number, padding: 0), value: [], tag, gateway)
        case .group(let keys, let deletesLast, let hasOneRevision):
            var operations: [UInt8] = []
            for (place, key) in keys.enumerated() {
                let isDelete = deletesLast && place == keys.count - 1
                let value = isDelete ? [] : Self.value(number, padding: 0)
                var header = [UInt8](repeating: 0, count: OperationView.headerBytes)
                header.withUnsafeMutableBytes {
                    OperationView.encodeHeader(
                        isDelete ? .delete : .put, isDelete ? nil : .bytes, keyBytes: 2, valueBytes: value.count,
                        into: $0)
                }
                operations += header + Self.bytes(ofKey: key) + value
            }
            let header = GroupHeader(
                hasOneRevision: hasOneRevision, operationCount: keys.count, operationsBytes: operations.count)
            return operations.withUnsafeBytes { gateway.submitGroup(tag: tag, header: header, operations: $0) }
        }
    }

    private func submit(
        _ header: CommandHeader, contentType: [UInt8], value: [UInt8], _ tag: RequestTag, _ gateway: SubmissionGateway
    ) -> Bool {
        Self.bytes(ofKey: key).withUnsafeBytes { key in
            contentType.withUnsafeBytes { contentType in
                value.withUnsafeBytes { value in
                    gateway.submitWrite(tag: tag, header: header, contentType: contentType, key: key, value: value)
                }
            }
        }
    }

    // MARK: Encoding

    static func bytes(ofKey number: Int) -> [UInt8] { [UInt8(ascii: "k"), UInt8(number)] }

    static func number(ofKey key: UnsafeRawBufferPointer) -> Int {
        precondition(key.count == 2 && Int(key[1]) < keyCount, "a key that no client uses is in an entry")
        return Int(key[1])
    }

    static func value(_ number: UInt64, padding: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x2e, count: 8 + padding)
        for place in 0..<8 { bytes[place] = UInt8(truncatingIfNeeded: number >> UInt64(8 * place)) }
        return bytes
    }

    /// The number of the operation that wrote a value; 0 for an empty one.
    static func number(ofValue value: UnsafeRawBufferPointer) -> UInt64 {
        if value.isEmpty { return 0 }
        precondition(value.count >= 8, "a value that no client wrote is in an entry")
        return UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))
    }
}
