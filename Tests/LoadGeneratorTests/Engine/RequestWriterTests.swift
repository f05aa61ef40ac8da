import Bytes
import NIOCore
import Testing

@testable import LoadGenerator

@Suite("Requests are what each target expects, byte for byte")
struct RequestWriterTests {
    private let pool = ValuePool(seed: 1, longest: 1_000)

    private func writer(_ target: LoadTarget, prefix: String = "k", _ change: (inout LoadPlan) -> Void = { _ in })
        -> RequestWriter
    {
        var plan = LoadPlan(endpoints: [HostAndPort(host: "a", port: 1), HostAndPort(host: "::1", port: 22)])
        plan.target = target
        plan.keyPrefix = prefix
        change(&plan)
        return RequestWriter(plan: plan, pool: pool)
    }

    private func text(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return String(buffer: buffer)
    }

    private func piece(_ count: Int) -> ValuePiece { ValuePiece(place: 10, byteCount: count, mark: nil) }

    private func printable(_ count: Int) -> String {
        pool.withValue(place: 10, count: count, printable: true) { String(decoding: $0, as: UTF8.self) }
    }

    private func base64(_ count: Int) -> String {
        pool.withValue(place: 10, count: count, printable: false) { Base64.encode($0) }
    }

    // MARK: Skiff

    @Test("Skiff: a put carries the raw bytes")
    func skiffPut() {
        var buffer = ByteBuffer()
        writer(.skiff).writePut(42, piece(5), ifRevision: nil, endpoint: 0, to: &buffer)
        let value = pool.withValue(place: 10, count: 5, printable: false) { Array($0) }

        let head = "PUT /v1/kv/k0000000042 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\n"
        #expect(Array(buffer.readableBytesView) == Array(head.utf8) + value)
    }

    @Test("Skiff: an empty value has a length of 0")
    func skiffEmpty() {
        let request = text { writer(.skiff).writePut(1, piece(0), ifRevision: nil, endpoint: 0, to: &$0) }

        #expect(request == "PUT /v1/kv/k0000000001 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("Skiff: conditions, reads and deletes")
    func skiffOthers() {
        let writer = writer(.skiff) { $0.consistency = .stale }

        #expect(
            text { writer.writePut(1, piece(0), ifRevision: 18_446_744_073_709_551_615, endpoint: 1, to: &$0) }
                == "PUT /v1/kv/k0000000001?cas=18446744073709551615 HTTP/1.1\r\nHost: [::1]:22\r\n"
                + "Content-Length: 0\r\n\r\n"
        )
        #expect(
            text { writer.writeGet(1, .load, endpoint: 0, to: &$0) }
                == "GET /v1/kv/k0000000001?consistency=stale HTTP/1.1\r\nHost: a:1\r\n\r\n")
        #expect(
            text { writer.writeGet(1, .verification, endpoint: 0, to: &$0) }
                == "GET /v1/kv/k0000000001?consistency=linearizable HTTP/1.1\r\nHost: a:1\r\n\r\n")
        #expect(
            text { writer.writeDelete(4_000_000_000, endpoint: 0, to: &$0) }
                == "DELETE /v1/kv/k4000000000 HTTP/1.1\r\nHost: a:1\r\n\r\n")
        #expect(
            text { self.writer(.skiff).writeGet(1, .load, endpoint: 0, to: &$0) }
                == "GET /v1/kv/k0000000001 HTTP/1.1\r\nHost: a:1\r\n\r\n")
    }

    @Test("Skiff: a prefix is percent-encoded in the path")
    func skiffPrefix() {
        let request = text { writer(.skiff, prefix: "ä /?%~").writeGet(1, .load, endpoint: 0, to: &$0) }

        #expect(request.hasPrefix("GET /v1/kv/%C3%A4%20/%3F%25~0000000001 HTTP/1.1\r\n"))
    }

    @Test("Skiff: a batch has one line per put and printable values", arguments: [false, true])
    func skiffBatch(isAtomic: Bool) {
        let items = [BatchItem(key: 1, value: piece(4)), BatchItem(key: 2, value: piece(2))]
        let request = text {
            writer(.skiff) { $0.batchIsAtomic = isAtomic }.writeBatch(items, endpoint: 0, to: &$0)
        }
        let body =
            "{\"put\":{\"key\":\"k0000000001\",\"value\":\"\(printable(4))\"}}\n"
            + "{\"put\":{\"key\":\"k0000000002\",\"value\":\"\(printable(2))\"}}\n"

        #expect(
            request
                == "POST /v1/batch?atomic=\(isAtomic) HTTP/1.1\r\nHost: a:1\r\nContent-Type: application/x-ndjson\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    }

    @Test("A marked value begins with its mark, and has the length that was asked for")
    func marked() {
        let mark = ValueMark(run: 1, key: 2, sequence: 3, valueBytes: 50)
        let value = ValuePiece(place: mark.place, byteCount: 50, mark: mark)
        var buffer = ByteBuffer()
        writer(.skiff).writePut(2, value, ifRevision: nil, endpoint: 0, to: &buffer)
        let body = Array(buffer.readableBytesView.suffix(50))

        #expect(body.withUnsafeBytes { ValueMark($0) } == mark)
        #expect(Array(body[36...]) == pool.withValue(place: mark.place, count: 14, printable: false) { Array($0) })
    }

    // MARK: raft-sample

    @Test("raft-sample: JSON to /store, printable values")
    func raftSample() {
        let writer = writer(.raftSample)
        let body = "{\"key\":\"k0000000007\",\"value\":\"\(printable(6))\"}"

        #expect(
            text { writer.writePut(7, piece(6), ifRevision: nil, endpoint: 0, to: &$0) }
                == "POST /store HTTP/1.1\r\nHost: a:1\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)"
                + "\r\n\r\n" + body)
        #expect(
            text { writer.writeGet(7, .verification, endpoint: 0, to: &$0) }
                == "GET /store/k0000000007 HTTP/1.1\r\nHost: a:1\r\n\r\n")
        #expect(
            text { writer.writeDelete(7, endpoint: 0, to: &$0) }
                == "DELETE /store/k0000000007 HTTP/1.1\r\nHost: a:1\r\n\r\n")
    }

    // MARK: etcd

    private func etcd(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a:1\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("etcd: put, range and deleterange of its gateway")
    func etcdSingle() {
        let writer = writer(.etcd) { $0.consistency = .stale }
        let key = Base64.encode("k0000000007".utf8)

        #expect(
            text { writer.writePut(7, piece(7), ifRevision: nil, endpoint: 0, to: &$0) }
                == etcd("/v3/kv/put", #"{"key":"\#(key)","value":"\#(base64(7))"}"#))
        #expect(
            text { writer.writeGet(7, .load, endpoint: 0, to: &$0) }
                == etcd("/v3/kv/range", #"{"key":"\#(key)","serializable":true}"#))
        #expect(
            text { writer.writeGet(7, .verification, endpoint: 0, to: &$0) }
                == etcd("/v3/kv/range", #"{"key":"\#(key)"}"#))
        #expect(
            text { writer.writeDelete(7, endpoint: 0, to: &$0) }
                == etcd("/v3/kv/deleterange", #"{"key":"\#(key)"}"#))
    }

    @Test("etcd: conditions and batches are transactions")
    func etcdTransactions() {
        let key = Base64.encode("k0000000007".utf8)
        let put = #"{"requestPut":{"key":"\#(key)","value":"\#(base64(4))"}}"#

        #expect(
            text { writer(.etcd).writePut(7, piece(4), ifRevision: 12, endpoint: 0, to: &$0) }
                == etcd(
                    "/v3/kv/txn",
                    #"{"compare":[{"target":"MOD","key":"\#(key)","mod_revision":"12"}],"success":[\#(put)]}"#))
        let items = [BatchItem(key: 7, value: piece(4)), BatchItem(key: 7, value: piece(4))]
        #expect(
            text { writer(.etcd).writeBatch(items, endpoint: 0, to: &$0) }
                == etcd("/v3/kv/txn", #"{"success":[\#(put),\#(put)]}"#))
    }

    @Test("etcd: the mark of a value survives base64")
    func etcdMarked() throws {
        let mark = ValueMark(run: 1, key: 2, sequence: 3, valueBytes: 50)
        let request = text {
            writer(.etcd).writePut(
                2, ValuePiece(place: mark.place, byteCount: 50, mark: mark), ifRevision: nil, endpoint: 0, to: &$0)
        }
        let text = try #require(JSONProbe.string("value", in: Array(request.utf8)))
        let value = try #require(Base64.decode(text))

        #expect(value.count == 50)
        #expect(value.withUnsafeBytes { ValueMark($0) } == mark)
    }
}
