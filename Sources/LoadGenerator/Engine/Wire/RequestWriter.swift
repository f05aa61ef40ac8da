internal import Bytes
internal import NIOCore

/// Writes HTTP/1.1 requests in the form of the target, directly into the buffer that is sent.
///
/// A key is the plan's prefix and ten decimal digits, so that requests of one kind and value size have equal length.
/// One per event loop.
struct RequestWriter {
    /// Whether a read belongs to the plan or must see every acknowledged write.
    enum ReadPurpose { case load, verification }

    let target: LoadTarget
    private let pool: ValuePool
    /// The prefix as part of a path, as JSON text, and as bytes.
    private let pathPrefix: [UInt8]
    let keyPrefix: [UInt8]
    /// ` HTTP/1.1`, the line break and the `Host` field, per endpoint.
    private let hostLines: [[UInt8]]
    /// Query of a read, with its question mark, or nothing; for etcd a JSON member with its comma.
    private let readOption: StaticString
    private let verificationOption: StaticString
    private let batchLine: StaticString

    init(plan: LoadPlan, pool: ValuePool) {
        target = plan.target
        self.pool = pool
        keyPrefix = Array(plan.keyPrefix.utf8)
        pathPrefix = Self.percentEncoded(keyPrefix)
        hostLines = plan.endpoints.map { Array(" HTTP/1.1\r\nHost: \($0)\r\n".utf8) }
        readOption = Self.option(plan.target, plan.consistency)
        verificationOption = Self.option(plan.target, plan.target == .skiff ? .linearizable : nil)
        batchLine = plan.batchIsAtomic ? "POST /v1/batch?atomic=true" : "POST /v1/batch?atomic=false"
    }

    private static func option(_ target: LoadTarget, _ consistency: ReadConsistency?) -> StaticString {
        switch (target, consistency) {
        case (_, nil), (.raftSample, _), (.etcd, .linearizable), (.etcd, .leader): ""
        case (.etcd, .stale): #","serializable":true"#
        case (.skiff, .linearizable): "?consistency=linearizable"
        case (.skiff, .leader): "?consistency=leader"
        case (.skiff, .stale): "?consistency=stale"
        }
    }

    private static func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: ":"):
                encoded.append(byte)
            default:
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return encoded
    }

    // MARK: Requests

    /// With `revision`, the put takes effect only if the key has it; 0 stands for an absent key. Not for raft-sample.
    func writePut(
        _ key: UInt64, _ value: ValuePiece, ifRevision revision: UInt64?, endpoint: Int, to buffer: inout ByteBuffer
    ) {
        withSink(endpoint, bodyBytes: 2 * value.byteCount, &buffer) { sink in
            switch target {
            case .skiff: putSkiff(key, value, revision, endpoint, &sink)
            case .raftSample: putRaftSample(key, value, endpoint, &sink)
            case .etcd: putEtcd(key, value, revision, endpoint, &sink)
            }
        }
    }

    func writeGet(_ key: UInt64, _ purpose: ReadPurpose, endpoint: Int, to buffer: inout ByteBuffer) {
        let option = purpose == .load ? readOption : verificationOption
        withSink(endpoint, bodyBytes: 0, &buffer) { sink in
            switch target {
            case .skiff: bodiless("GET /v1/kv/", key, option, endpoint, &sink)
            case .raftSample: bodiless("GET /store/", key, "", endpoint, &sink)
            case .etcd: keyOnly("POST /v3/kv/range", key, option, endpoint, &sink)
            }
        }
    }

    func writeDelete(_ key: UInt64, endpoint: Int, to buffer: inout ByteBuffer) {
        withSink(endpoint, bodyBytes: 0, &buffer) { sink in
            switch target {
            case .skiff: bodiless("DELETE /v1/kv/", key, "", endpoint, &sink)
            case .raftSample: bodiless("DELETE /store/", key, "", endpoint, &sink)
            case .etcd: keyOnly("POST /v3/kv/deleterange", key, "", endpoint, &sink)
            }
        }
    }

    /// Not for raft-sample.
    func writeBatch(_ items: [BatchItem], endpoint: Int, to buffer: inout ByteBuffer) {
        let valueBytes = items.reduce(0) { $0 + $1.value.byteCount }
        let itemBytesMax = 2 * keyPrefix.count + 96
        withSink(endpoint, bodyBytes: 2 * valueBytes + items.count * itemBytesMax, &buffer) { sink in
            switch target {
            case .skiff: batchSkiff(items, endpoint, &sink)
            case .etcd: batchEtcd(items, endpoint, &sink)
            case .raftSample: preconditionFailure("raft-sample has no batches")
            }
        }
    }

    private func withSink(
        _ endpoint: Int, bodyBytes: Int, _ buffer: inout ByteBuffer, _ body: (inout ByteSink) -> Void
    ) {
        // Room for every fixed part of any request, and for the key up to three times.
        let byteCountMax = bodyBytes + 512 + 3 * pathPrefix.count + hostLines[endpoint].count
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCountMax) { bytes in
            var sink = ByteSink(bytes)
            body(&sink)
            return sink.count
        }
    }

    // MARK: Skiff

    private func putSkiff(
        _ key: UInt64, _ value: ValuePiece, _ revision: UInt64?, _ endpoint: Int, _ sink: inout ByteSink
    ) {
        sink.append("PUT /v1/kv/")
        sink.append(pathPrefix)
        sink.append(key, digits: EngineLimits.keyDigits)
        if let revision {
            sink.append("?cas=")
            sink.append(decimal: revision)
        }
        sink.append(hostLines[endpoint])
        finishHead(contentLength: value.byteCount, &sink)
        appendBytes(value, printable: false, &sink)
    }

    private func bodiless(
        _ line: StaticString, _ key: UInt64, _ query: StaticString, _ endpoint: Int, _ sink: inout ByteSink
    ) {
        sink.append(line)
        sink.append(pathPrefix)
        sink.append(key, digits: EngineLimits.keyDigits)
        sink.append(query)
        sink.append(hostLines[endpoint])
        sink.append("\r\n")
    }

    private func batchSkiff(_ items: [BatchItem], _ endpoint: Int, _ sink: inout ByteSink) {
        let fixedBytes = #"{"put":{"key":"","value":""}}"#.utf8.count + 1 + keyByteCount
        let contentLength = items.reduce(0) { $0 + fixedBytes + $1.value.byteCount }
        sink.append(batchLine)
        sink.append(hostLines[endpoint])
        sink.append("Content-Type: application/x-ndjson\r\n")
        finishHead(contentLength: contentLength, &sink)
        for item in items {
            sink.append(#"{"put":{"key":""#)
            appendKey(item.key, &sink)
            sink.append(#"","value":""#)
            appendBytes(item.value, printable: true, &sink)
            sink.append("\"}}\n")
        }
    }

    // MARK: raft-sample

    private func putRaftSample(_ key: UInt64, _ value: ValuePiece, _ endpoint: Int, _ sink: inout ByteSink) {
        sink.append("POST /store")
        sink.append(hostLines[endpoint])
        sink.append("Content-Type: application/json\r\n")
        finishHead(contentLength: #"{"key":"","value":""}"#.utf8.count + keyByteCount + value.byteCount, &sink)
        sink.append(#"{"key":""#)
        appendKey(key, &sink)
        sink.append(#"","value":""#)
        appendBytes(value, printable: true, &sink)
        sink.append(#""}"#)
    }

    // MARK: etcd

    private func putEtcd(
        _ key: UInt64, _ value: ValuePiece, _ revision: UInt64?, _ endpoint: Int, _ sink: inout ByteSink
    ) {
        let putBytes = #"{"key":"","value":""}"#.utf8.count + encodedKeyCount + Base64.encodedCount(value.byteCount)
        guard let revision else {
            etcdHead("POST /v3/kv/put", contentLength: putBytes, endpoint, &sink)
            return appendEtcdPut(key, value, &sink)
        }
        let fixedText = #"{"compare":[{"target":"MOD","key":"","mod_revision":""}],"success":[{"requestPut":}]}"#
        let contentLength = fixedText.utf8.count + encodedKeyCount + revision.decimalDigits + putBytes
        etcdHead("POST /v3/kv/txn", contentLength: contentLength, endpoint, &sink)
        sink.append(#"{"compare":[{"target":"MOD","key":""#)
        appendEncodedKey(key, &sink)
        sink.append(#"","mod_revision":""#)
        sink.append(decimal: revision)
        sink.append(#""}],"success":[{"requestPut":"#)
        appendEtcdPut(key, value, &sink)
        sink.append("}]}")
    }

    private func keyOnly(
        _ line: StaticString, _ key: UInt64, _ option: StaticString, _ endpoint: Int, _ sink: inout ByteSink
    ) {
        let contentLength = #"{"key":""}"#.utf8.count + encodedKeyCount + option.utf8CodeUnitCount
        etcdHead(line, contentLength: contentLength, endpoint, &sink)
        sink.append(#"{"key":""#)
        appendEncodedKey(key, &sink)
        sink.append("\"")
        sink.append(option)
        sink.append("}")
    }

    private func batchEtcd(_ items: [BatchItem], _ endpoint: Int, _ sink: inout ByteSink) {
        let fixedBytes = #"{"requestPut":{"key":"","value":""}}"#.utf8.count + encodedKeyCount
        let itemBytes = items.reduce(0) { $0 + fixedBytes + Base64.encodedCount($1.value.byteCount) }
        let contentLength = #"{"success":[]}"#.utf8.count + itemBytes + max(items.count - 1, 0)
        etcdHead("POST /v3/kv/txn", contentLength: contentLength, endpoint, &sink)
        sink.append(#"{"success":["#)
        for (position, item) in items.enumerated() {
            if position > 0 { sink.append(",") }
            sink.append(#"{"requestPut":"#)
            appendEtcdPut(item.key, item.value, &sink)
            sink.append("}")
        }
        sink.append("]}")
    }

    private func etcdHead(_ line: StaticString, contentLength: Int, _ endpoint: Int, _ sink: inout ByteSink) {
        sink.append(line)
        sink.append(hostLines[endpoint])
        sink.append("Content-Type: application/json\r\n")
        finishHead(contentLength: contentLength, &sink)
    }

    private func appendEtcdPut(_ key: UInt64, _ value: ValuePiece, _ sink: inout ByteSink) {
        sink.append(#"{"key":""#)
        appendEncodedKey(key, &sink)
        sink.append(#"","value":""#)
        if let mark = value.mark {
            withUnsafeTemporaryAllocation(byteCount: ValueMark.byteCount, alignment: 1) { bytes in
                guard let start = bytes.baseAddress else { return }
                mark.write(to: start)
                sink.append(base64: UnsafeRawBufferPointer(bytes))
            }
        }
        let rest = value.byteCount - (value.mark == nil ? 0 : ValueMark.byteCount)
        pool.withValue(place: value.place, count: rest, printable: false) { sink.append(base64: $0) }
        sink.append(#""}"#)
    }

    // MARK: Parts

    private var keyByteCount: Int { keyPrefix.count + EngineLimits.keyDigits }
    private var encodedKeyCount: Int { Base64.encodedCount(keyByteCount) }

    private func finishHead(contentLength: Int, _ sink: inout ByteSink) {
        sink.append("Content-Length: ")
        sink.append(decimal: UInt64(contentLength))
        sink.append("\r\n\r\n")
    }

    private func appendKey(_ key: UInt64, _ sink: inout ByteSink) {
        sink.append(keyPrefix)
        sink.append(key, digits: EngineLimits.keyDigits)
    }

    private func appendEncodedKey(_ key: UInt64, _ sink: inout ByteSink) {
        withUnsafeTemporaryAllocation(byteCount: keyByteCount, alignment: 1) { bytes in
            var plain = ByteSink(bytes)
            appendKey(key, &plain)
            sink.append(base64: UnsafeRawBufferPointer(bytes))
        }
    }

    private func appendBytes(_ value: ValuePiece, printable: Bool, _ sink: inout ByteSink) {
        var rest = value.byteCount
        if let mark = value.mark {
            mark.write(to: sink.reserve(ValueMark.byteCount))
            rest -= ValueMark.byteCount
        }
        pool.withValue(place: value.place, count: rest, printable: printable) { sink.append($0) }
    }
}
